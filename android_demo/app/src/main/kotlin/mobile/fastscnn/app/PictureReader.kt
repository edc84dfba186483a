package mobile.fastscnn.app

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ColorSpace
import android.graphics.ImageDecoder
import android.media.ExifInterface
import android.net.Uri
import android.os.Build
import java.io.IOException

/** A picture of the gallery: its pixels, and how far they must be turned to be upright. */
class Picture(val bitmap: Bitmap, val rotation: Int)

/** Reads pictures, large ones in a part of their size: no more than the screen shows is kept. */
class PictureReader(private val resolver: ContentResolver) {
    /** Null where it cannot be read. */
    fun read(uri: Uri): Picture? = try {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) Picture(decoded(uri), 0) else old(uri)
    } catch (error: IOException) {
        null
    } catch (error: RuntimeException) {
        // other applications' providers throw what they like
        null
    } catch (error: OutOfMemoryError) {
        null
    }

    private fun decoded(uri: Uri): Bitmap {
        val source = ImageDecoder.createSource(resolver, uri)
        val bitmap = ImageDecoder.decodeBitmap(source) { decoder, info, _ ->
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
            decoder.setTargetColorSpace(ColorSpace.get(ColorSpace.Named.SRGB))
            decoder.setTargetSampleSize(sample(info.size.width, info.size.height))
        }
        return plain(bitmap)
    }

    private fun old(uri: Uri): Picture? {
        val options = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        resolver.openInputStream(uri)?.use { BitmapFactory.decodeStream(it, null, options) }
        options.inSampleSize = sample(options.outWidth, options.outHeight)
        options.inJustDecodeBounds = false
        val bitmap = resolver.openInputStream(uri)?.use { BitmapFactory.decodeStream(it, null, options) }
        return bitmap?.let { Picture(plain(it), rotation(uri)) }
    }

    /** Four bytes a pixel: wide colours and half floats are brought to what models saw. */
    private fun plain(bitmap: Bitmap): Bitmap =
        if (bitmap.config == Bitmap.Config.ARGB_8888) bitmap else bitmap.copy(Bitmap.Config.ARGB_8888, false)

    private fun rotation(uri: Uri): Int {
        val stream = resolver.openInputStream(uri) ?: return 0
        val tag = stream.use {
            ExifInterface(it).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
        }
        return when (tag) {
            ExifInterface.ORIENTATION_ROTATE_90 -> 90
            ExifInterface.ORIENTATION_ROTATE_180 -> 180
            ExifInterface.ORIENTATION_ROTATE_270 -> 270
            else -> 0
        }
    }

    private fun sample(width: Int, height: Int): Int {
        var sample = 1
        while (maxOf(width, height) / sample > LONGEST) sample *= 2
        return sample
    }

    private companion object {
        const val LONGEST = 2048
    }
}
