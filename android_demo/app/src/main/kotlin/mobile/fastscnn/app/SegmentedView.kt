package mobile.fastscnn.app

import android.content.Context
import android.graphics.Canvas
import android.graphics.Matrix
import android.graphics.Paint
import android.graphics.Rect
import android.graphics.RectF
import android.util.AttributeSet
import android.view.View
import mobile.fastscnn.app.logic.Fitting

/** The frame that the model saw, upright, and its classes over it. */
class SegmentedView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    var slots: FrameSlots? = null

    /** 0: nothing is seen of the classes; 1: nothing of the picture. */
    var opacity: Float = 0f
        set(value) {
            field = value
            invalidate()
        }

    private val framePaint = Paint(Paint.FILTER_BITMAP_FLAG)
    private val overlayPaint = Paint()
    private val matrix = Matrix()
    private val source = Rect()
    private val target = RectF()

    override fun onDraw(canvas: Canvas) {
        super.onDraw(canvas)
        slots?.read { draw(canvas, it) }
    }

    private fun draw(canvas: Canvas, slot: FrameSlots.Slot) {
        val frame = slot.frame ?: return
        val placement = slot.placement ?: return
        val fitting = Fitting(placement.frame.width, placement.frame.height, width, height)
        matrix.setTranslate(-frame.width / 2f, -frame.height / 2f)
        matrix.postRotate(slot.rotation.toFloat())
        matrix.postTranslate(placement.frame.width / 2f, placement.frame.height / 2f)
        matrix.postScale(fitting.scale, fitting.scale)
        matrix.postTranslate(fitting.left, fitting.top)
        canvas.drawBitmap(frame, matrix, framePaint)

        val overlay = slot.overlay ?: return
        val filled = placement.filled
        source.set(filled.left, filled.top, filled.right, filled.bottom)
        val (left, top, right, bottom) = fitting.placed(placement.seen)
        target.set(left, top, right, bottom)
        overlayPaint.alpha = Math.round(opacity * OPAQUE)
        canvas.drawBitmap(overlay, source, target, overlayPaint)
    }

    private companion object {
        const val OPAQUE = 255f
    }
}
