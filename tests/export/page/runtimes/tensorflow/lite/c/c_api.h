/* The calls of LiteRT's C API that the page's code makes, with their signatures. */
#pragma once
#include <cstddef>
#include <cstdint>

#include "played.h"

typedef enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;
typedef struct TfLiteModel { int unused; } TfLiteModel;
typedef struct TfLiteInterpreterOptions { int unused; } TfLiteInterpreterOptions;
typedef struct TfLiteInterpreter { int unused; } TfLiteInterpreter;
typedef struct TfLiteTensor { int unused; } TfLiteTensor;

static inline TfLiteModel *TfLiteModelCreateFromFile(const char *path) {
    static TfLiteModel model;
    FILE *file = fopen(path, "rb");
    if (file) fclose(file);
    return file ? &model : NULL;
}
static inline TfLiteInterpreterOptions *TfLiteInterpreterOptionsCreate(void) {
    static TfLiteInterpreterOptions options;
    return &options;
}
static inline void TfLiteInterpreterOptionsSetNumThreads(TfLiteInterpreterOptions *, int32_t) {}
static inline void TfLiteInterpreterOptionsDelete(TfLiteInterpreterOptions *) {}
static inline TfLiteInterpreter *TfLiteInterpreterCreate(const TfLiteModel *, const TfLiteInterpreterOptions *) {
    static TfLiteInterpreter interpreter;
    return &interpreter;
}
static inline TfLiteStatus TfLiteInterpreterAllocateTensors(TfLiteInterpreter *) { return kTfLiteOk; }
static inline TfLiteTensor *TfLiteInterpreterGetInputTensor(const TfLiteInterpreter *, int32_t) {
    static TfLiteTensor tensor;
    return &tensor;
}
static inline const TfLiteTensor *TfLiteInterpreterGetOutputTensor(const TfLiteInterpreter *, int32_t) {
    static TfLiteTensor tensor;
    return &tensor;
}
static inline TfLiteStatus TfLiteInterpreterInvoke(TfLiteInterpreter *) { return kTfLiteOk; }
static inline TfLiteStatus TfLiteTensorCopyFromBuffer(TfLiteTensor *, const void *data, size_t bytes) {
    played_write(data, bytes);
    return kTfLiteOk;
}
static inline TfLiteStatus TfLiteTensorCopyToBuffer(const TfLiteTensor *, void *data, size_t bytes) {
    played_read(data, bytes);
    return kTfLiteOk;
}
