package mobile.fastscnn.app.logic

import mobile.fastscnn.core.Area

/** Where an upright frame of `width` x `height` lies in a view: whole, undistorted, in the middle. */
class Fitting(width: Int, height: Int, viewWidth: Int, viewHeight: Int) {
    val scale: Float = minOf(viewWidth / width.toFloat(), viewHeight / height.toFloat())
    val left: Float = (viewWidth - width * scale) / 2
    val top: Float = (viewHeight - height * scale) / 2

    /** A rectangle of the frame in the view: left, top, right, bottom. */
    fun placed(area: Area): FloatArray = floatArrayOf(
        left + area.left * scale,
        top + area.top * scale,
        left + area.right * scale,
        top + area.bottom * scale,
    )
}
