package mobile.fastscnn.core

/**
 * A label map to colours, and how much of the picture each class has. Allocates nothing after it was made.
 *
 * Not for two threads at once.
 */
class Overlay(val model: Model) {
    /** 0: nothing is seen of the classes; 1: nothing of the picture. */
    var opacity: Float = DEFAULT_OPACITY

    /** What the last [colour] wrote: 0xAARRGGBB, not premultiplied, as Bitmap.setPixels takes it. */
    val pixels: IntArray = throw NotImplementedError()

    /** Pixels of each class in the last label map, bars left out. */
    val counts: IntArray = throw NotImplementedError()

    /** Fills [pixels] and [counts]; outside `filled` (the bars of a letterbox) pixels are transparent. */
    fun colour(labels: ByteArray, filled: Area): IntArray = throw NotImplementedError()

    /** The part of the picture, bars left out, that a class has: 0..1. */
    fun share(label: Int): Float = throw NotImplementedError()

    /** Classes in the last label map, the largest first, into `order`; how many there are. */
    fun ranked(order: IntArray): Int = throw NotImplementedError()

    /** A picture (0xFFRRGGBB) under its labels' colours, in place: the pixels of fastscnn-predict's overlays. */
    fun blend(picture: IntArray, labels: ByteArray): Unit = throw NotImplementedError()

    companion object {
        /** That of fastscnn-predict. */
        const val DEFAULT_OPACITY = 0.55f
    }
}
