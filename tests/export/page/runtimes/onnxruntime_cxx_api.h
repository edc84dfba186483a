/* The calls of ONNX Runtime's C++ API that the page's code makes, with their signatures. */
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "played.h"

enum OrtAllocatorType { OrtArenaAllocator };
enum OrtMemType { OrtMemTypeDefault };

namespace Ort {
struct Env {};
struct SessionOptions {};
struct MemoryInfo {
    static MemoryInfo CreateCpu(OrtAllocatorType, OrtMemType) { return {}; }
};
struct RunOptions {
    explicit RunOptions(std::nullptr_t) {}
};
struct Value {
    template <typename T>
    static Value CreateTensor(const MemoryInfo &, T *data, size_t count, const int64_t *shape, size_t rank) {
        size_t wanted = 1;
        for (size_t axis = 0; axis < rank; axis++) wanted *= (size_t)shape[axis];
        if (wanted != count) abort();
        played_write(data, count * sizeof(T));
        return {};
    }
    template <typename T>
    const T *GetTensorData() const {
        FILE *file = fopen("result.bin", "rb");
        if (!file || fseek(file, 0, SEEK_END)) abort();
        held.resize((size_t)ftell(file));
        fclose(file);
        played_read(held.data(), held.size());
        return reinterpret_cast<const T *>(held.data());
    }
    mutable std::vector<char> held;
};
struct Session {
    Session(Env &, const char *, const SessionOptions &) {}
    std::vector<Value> Run(
        const RunOptions &, const char *const *, const Value *, size_t inputs, const char *const *, size_t outputs
    ) {
        return std::vector<Value>(inputs == 1 ? outputs : 0);
    }
};
}  // namespace Ort
