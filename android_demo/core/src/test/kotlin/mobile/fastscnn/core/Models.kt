package mobile.fastscnn.core

/** Models for tests, as no file describes them. */
object Models {
    val PLAIN = Preprocessing(false, floatArrayOf(123.675f, 116.28f, 103.53f), floatArrayOf(58.395f, 57.12f, 57.375f))

    fun classes(count: Int) = List(count) { SegmentClass("class $it", 0xff000000.toInt() or it * 0x010305) }

    fun input(
        size: Size,
        form: InputForm = InputForm.IMAGE,
        type: ElementType = ElementType.UINT8,
        quantization: Quantization? = null,
        preprocessing: Preprocessing = PLAIN,
    ) = ModelInput(form, type, quantization, size, preprocessing)

    /** Coarse or full logits, to labels of the size `to`. */
    fun logits(
        from: Size,
        classes: Int,
        to: Size,
        type: ElementType = ElementType.FLOAT32,
        quantization: Quantization? = null,
        alignCorners: Boolean = true,
    ): Model {
        val stride = if (from == to) 1 else 8
        val output = ModelOutput(OutputForm.LOGITS, type, quantization, from, classes, stride, alignCorners)
        return Model("test", input(to), output, classes(classes), true, 1000)
    }

    fun labels(from: Size, classes: Int, to: Size, alignCorners: Boolean = true): Model {
        val stride = if (from == to) 1 else 8
        val output = ModelOutput(OutputForm.LABELS, ElementType.INT32, null, from, 1, stride, alignCorners)
        return Model("test", input(to), output, classes(classes), true, 1000)
    }

    /** One that only takes frames. */
    fun seeing(size: Size, preprocessing: Preprocessing = PLAIN) =
        Model("test", input(size, preprocessing = preprocessing), logits(size, 2, size).output, classes(2), true, 1000)
}
