// Signatures of androidx.lifecycle that the application uses, from its public reference.
package androidx.lifecycle

import android.app.Application

interface LifecycleOwner

interface ViewModelStoreOwner

abstract class ViewModel {
    protected open fun onCleared(): Unit = throw NotImplementedError()
}

abstract class AndroidViewModel(application: Application) : ViewModel()

fun interface Observer<T> {
    fun onChanged(value: T)
}

abstract class LiveData<T> {
    open fun observe(owner: LifecycleOwner, observer: Observer<in T>): Unit = throw NotImplementedError()
}
