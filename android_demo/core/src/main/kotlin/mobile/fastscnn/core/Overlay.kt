package mobile.fastscnn.core

/**
 * A label map to colours, and how much of the picture each class has. Allocates nothing after it was made.
 *
 * Not for two threads at once.
 */
class Overlay(val model: Model) {
    /** 0: nothing is seen of the classes; 1: nothing of the picture. */
    var opacity: Float = DEFAULT_OPACITY
        set(value) {
            require(value in 0f..1f) { "an opacity of $value" }
            field = value
            mix()
        }

    /** What the last [colour] wrote: 0xAARRGGBB, not premultiplied, as Bitmap.setPixels takes it. */
    val pixels = IntArray(model.size.pixels)

    /** Pixels of each class in the last label map, bars left out. */
    val counts = IntArray(model.classes.size)
    private var counted = 0

    /** By label, for every byte: what no class has is transparent. */
    private val palette = IntArray(LABELS)
    private val tally = IntArray(LABELS)

    /** What is left of a picture's value, and what each class adds to red, green and blue. */
    private val kept = FloatArray(VALUES)
    private val added = FloatArray(LABELS * CHANNELS)

    init {
        mix()
    }

    /** Fills [pixels] and [counts]; outside `filled` (the bars of a letterbox) pixels are transparent. */
    fun colour(labels: ByteArray, filled: Area): IntArray {
        requireMap(labels.size)
        val width = model.size.width
        tally.fill(0)
        if (filled.height < model.size.height || filled.width < width) pixels.fill(0)
        for (y in filled.top until filled.bottom) {
            for (at in y * width + filled.left until y * width + filled.right) {
                val label = labels[at].toInt() and 0xff
                pixels[at] = palette[label]
                tally[label]++
            }
        }
        System.arraycopy(tally, 0, counts, 0, counts.size)
        counted = filled.width * filled.height
        return pixels
    }

    /** The part of the picture, bars left out, that a class has: 0..1. */
    fun share(label: Int): Float = if (counted == 0) 0f else counts[label].toFloat() / counted

    /** Classes in the last label map, the largest first and of equals the first, into `order`; how many there are. */
    fun ranked(order: IntArray): Int {
        var found = 0
        for (label in counts.indices) {
            if (counts[label] == 0) continue
            var place = found++
            while (place > 0 && counts[order[place - 1]] < counts[label]) {
                order[place] = order[place - 1]
                place--
            }
            order[place] = label
        }
        return found
    }

    /** A picture (0xFFRRGGBB) under its labels' colours, in place: the pixels of fastscnn-predict's overlays. */
    fun blend(picture: IntArray, labels: ByteArray) {
        requireMap(labels.size)
        requireMap(picture.size)
        for (at in picture.indices) {
            val pixel = picture[at]
            val label = (labels[at].toInt() and 0xff) * CHANNELS
            picture[at] = OPAQUE or
                (blended(pixel shr 16, label) shl 16) or
                (blended(pixel shr 8, label + 1) shl 8) or
                blended(pixel, label + 2)
        }
    }

    private fun blended(value: Int, part: Int): Int = Math.rint((kept[value and 0xff] + added[part]).toDouble()).toInt()

    private fun mix() {
        val alpha = Math.round(opacity * 255f) shl 24
        val rest = (1.0 - opacity).toFloat()
        for (value in 0 until VALUES) kept[value] = value * rest
        model.classes.forEachIndexed { label, each ->
            palette[label] = alpha or (each.color and 0xffffff)
            for (channel in 0 until CHANNELS) {
                added[label * CHANNELS + channel] = opacity * (each.color shr (16 - 8 * channel) and 0xff)
            }
        }
    }

    private fun requireMap(size: Int) = require(size == pixels.size) { "$size pixels for ${model.size}" }

    companion object {
        /** That of fastscnn-predict. */
        const val DEFAULT_OPACITY = 0.55f
        private const val LABELS = 256
        private const val VALUES = 256
        private const val CHANNELS = 3
        private const val OPAQUE = 0xff shl 24
    }
}
