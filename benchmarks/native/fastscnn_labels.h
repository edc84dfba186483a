/* Full-size labels from a network's logits at 1/8: exactly the argmax of the logits resized bilinearly.
 *
 * One header, C99 or C++, nothing to link. Include it and call one of
 *
 *     fastscnn_labels_f32(logits, h, w, classes, labels, H, W, flags)
 *     fastscnn_labels_i8 (logits, scale, zero_point, h, w, classes, labels, H, W, flags)
 *     fastscnn_labels_u8 (logits, scale, zero_point, h, w, classes, labels, H, W, flags)
 *
 * logits: h x w x classes, as TFLite gives them; scale and zero_point are those of the file's output tensor.
 * labels: H x W bytes, written by the call. classes: up to 256.
 * flags:  FASTSCNN_ALIGN_CORNERS where the network resizes so; fastscnn-export --preset phone says.
 *         FASTSCNN_PLANAR where logits are classes x h x w, as ONNX and Core ML give them.
 * Returns 0, or -1 where a size is none, or -2 where there is no memory.
 *
 * Every label is that of torch's F.interpolate(mode="bilinear") followed by argmax: the same weights, the same
 * roundings (those of torch's kernels with fused multiply-add), so that ties of floats fall alike too. torch
 * has two kernels, which round in different orders: this is the one for maps in NCHW order; the flag
 * FASTSCNN_CHANNELS_LAST chooses as torch does for a tensor in NHWC order. Logits must be finite.
 *
 * How: a bilinear value is a mean of its cell's four corners. Where one class wins all four, it wins the cell.
 * Elsewhere only those classes are interpolated that no corner's winner beats at all four corners.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FASTSCNN_LABELS_H
#define FASTSCNN_LABELS_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FASTSCNN_ALIGN_CORNERS 1
#define FASTSCNN_CHANNELS_LAST 2
#define FASTSCNN_PLANAR 4

/* Define it as nothing, or as an export attribute, to call these functions from elsewhere. */
#ifndef FASTSCNN_LABELS_API
#define FASTSCNN_LABELS_API static
#endif

#if defined(__GNUC__) || defined(__clang__)
#define FASTSCNN_INLINE static inline __attribute__((always_inline))
#define FASTSCNN_UNUSED __attribute__((unused))
#else
#define FASTSCNN_INLINE static inline
#define FASTSCNN_UNUSED
#endif

/* Is a fused multiply-add one instruction wherever this is compiled for, or can that be asked at run time?
 * With FASTSCNN_PORTABLE it is computed from plain arithmetic: slower, the same labels. */
#if defined(FASTSCNN_PORTABLE)
#elif defined(__FMA__) || defined(__aarch64__) || defined(_M_ARM64) || defined(__ARM_FEATURE_FMA)
#define FASTSCNN_ALWAYS_FUSED 1
#elif (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))
#define FASTSCNN_ASKS_FUSED 1
#endif

enum {
    FASTSCNN_BLOCK = 8,      /* pixels of a row that are worked on at once */
    FASTSCNN_CLASSES = 256,  /* a label is a byte */
    FASTSCNN_SMALL = 128     /* up to this H + W torch takes its other kernel */
};

/* Along one axis: each pixel's cell, and how much of the cell's near and far corner it holds. */
typedef struct {
    int32_t *cell;
    float *near_;
    float *far_;
} fastscnn_axis;

/* One row of logits: floats, each cell's winner, its logit, and how far it leads those that might tie. */
typedef struct {
    float *values;
    const float *logits;
    uint8_t *winner;
    float *most;
    float *lead;
} fastscnn_row;

/* Where logits come from, in their own type. */
typedef struct {
    const void *data;
    int type; /* 0 float, 1 int8, 2 uint8 */
    float scale;
    int zero_point;
    int planar;
} fastscnn_source;

/* a * b + c rounded once. Without the instruction: exact in double but for ties, which are set right. */
FASTSCNN_INLINE float fastscnn_fused(float a, float b, float c, int fused) {
    double product, sum, rest, error;
    uint64_t bits;
    if (fused) {
#if defined(__GNUC__) || defined(__clang__)
        return __builtin_fmaf(a, b, c);
#else
        return fmaf(a, b, c);
#endif
    }
    product = (double)a * b;
    sum = product + c;
    memcpy(&bits, &sum, sizeof bits);
    if ((bits & 0x1fffffffu) != 0x10000000u) return (float)sum;
    rest = sum - product;
    error = (product - (sum - rest)) + (c - rest);
    if (error != 0) {
        bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
        memcpy(&sum, &bits, sizeof sum);
    }
    return (float)sum;
}

/* Positions are rounded as torch rounds them; `volatile` keeps compilers from fusing what torch does not. */
static void fastscnn_positions(fastscnn_axis *axis, int length, int target, int align_corners) {
    int i;
    for (i = 0; i < target; i++) {
        volatile float position, scale;
        int cell;
        if (align_corners) {
            scale = target > 1 ? (float)(length - 1) / (float)(target - 1) : 0.0f;
            position = (float)i * scale;
        } else {
            scale = (float)length / (float)target;
            position = (float)((i + 0.5) * (double)scale - 0.5);
            if (position < 0) position = 0;
        }
        cell = (int)position;
        if (cell > length - 1) cell = length - 1;
        axis->cell[i] = cell;
        axis->far_[i] = position - (float)cell;
        axis->near_[i] = 1.0f - axis->far_[i];
    }
}

/* The float that one stored logit stands for. */
FASTSCNN_INLINE float fastscnn_value(const fastscnn_source *source, size_t at, int type) {
    if (type == 0) return ((const float *)source->data)[at];
    return (float)((type == 1 ? ((const int8_t *)source->data)[at] : ((const uint8_t *)source->data)[at])
                   - source->zero_point)
           * source->scale;
}

/* Row y as floats, width x classes. */
FASTSCNN_INLINE void fastscnn_copy(
    float *values, const fastscnn_source *source, int y, int height, int width, int classes, int type
) {
    size_t count = (size_t)width * (size_t)classes, begin = (size_t)y * count, i;
    int x, c;
    if (!source->planar)
        for (i = 0; i < count; i++) values[i] = fastscnn_value(source, begin + i, type);
    else
        for (c = 0; c < classes; c++) {
            begin = ((size_t)c * (size_t)height + (size_t)y) * (size_t)width;
            for (x = 0; x < width; x++)
                values[(size_t)x * (size_t)classes + (size_t)c] = fastscnn_value(source, begin + (size_t)x, type);
        }
}

/* Row y of the logits as floats, with its winners: the first of the greatest. */
static void fastscnn_load(
    fastscnn_row *row, const fastscnn_source *source, int y, int height, int width, int classes, int flat
) {
    int x, c;
    if (source->type == 0 && !source->planar) {
        row->logits = (const float *)source->data + (size_t)y * (size_t)width * (size_t)classes;
    } else {
        if (source->type == 0) fastscnn_copy(row->values, source, y, height, width, classes, 0);
        if (source->type == 1) fastscnn_copy(row->values, source, y, height, width, classes, 1);
        if (source->type == 2) fastscnn_copy(row->values, source, y, height, width, classes, 2);
        row->logits = row->values;
    }
    for (x = 0; x < width; x++) {
        const float *logits = row->logits + (size_t)x * (size_t)classes;
        float most = logits[0], before = -FLT_MAX, after = -FLT_MAX;
        int winner = 0;
        for (c = 1; c < classes; c++) {
            if (logits[c] > most) {
                before = most;
                most = logits[c];
                winner = c;
                after = -FLT_MAX;
            } else if (logits[c] > after) {
                after = logits[c];
            }
        }
        row->winner[x] = (uint8_t)winner;
        row->most[x] = most;
        row->lead[x] = most - (flat && after > before ? after : before);
    }
}

FASTSCNN_INLINE float fastscnn_greatest(float a, float b) { return a > b ? a : b; }
FASTSCNN_INLINE float fastscnn_least(float a, float b) { return a < b ? a : b; }

/* Two classes that are further apart than this at all corners cannot be rounded to a tie. */
FASTSCNN_INLINE float fastscnn_margin(float a, float b, float c, float d) {
    float most = fastscnn_greatest(fastscnn_greatest(fabsf(a), fabsf(b)), fastscnn_greatest(fabsf(c), fabsf(d)));
    return fastscnn_greatest(most * 9.5367431640625e-7f /* 2^-20 */, 16 * FLT_MIN);
}

/* The classes that can win somewhere in a cell, in their order, first of equals first; how many. */
FASTSCNN_INLINE int fastscnn_candidates(
    const float *const corner[4], const uint8_t winner[4], int classes, int flat, uint8_t *candidates
) {
    uint8_t possible[FASTSCNN_CLASSES];
    int count = 0, i, j, c;
    memset(possible, 1, (size_t)classes);
    for (i = 0; i < 4; i++) {
        int by = winner[i], seen = 0;
        float a = corner[0][by], b = corner[1][by], d = corner[2][by], e = corner[3][by], margin;
        int alike = flat ? classes : by;
        for (j = 0; j < i; j++) seen |= winner[j] == by;
        if (seen) continue;
        margin = fastscnn_margin(a, b, d, e);
        for (c = 0; c < alike; c++)
            possible[c] &= (corner[0][c] >= a - margin) | (corner[1][c] >= b - margin)
                           | (corner[2][c] >= d - margin) | (corner[3][c] >= e - margin);
        for (c = alike + 1; c < classes; c++)
            possible[c] &= (corner[0][c] > a) | (corner[1][c] > b) | (corner[2][c] > d) | (corner[3][c] > e);
    }
    for (c = 0; c < classes; c++)
        if (possible[c]) candidates[count++] = (uint8_t)c;
    return count;
}

/* Four products, added in this order. */
FASTSCNN_INLINE float fastscnn_sum(
    float a, float u, float b, float v, float c, float w, float d, float z, int fused
) {
    return fastscnn_fused(d, z, fastscnn_fused(c, w, fastscnn_fused(b, v, a * u, fused), fused), fused);
}

/* The labels of one cell whose corners have different winners. */
FASTSCNN_INLINE void fastscnn_settle(
    const float *const corner[4],
    const uint8_t *candidates,
    int count,
    int vectors,
    const fastscnn_axis *rows,
    int top,
    int bottom,
    const fastscnn_axis *columns,
    int left,
    int right,
    int flat,
    uint8_t *labels,
    size_t width,
    int fused
) {
    float upper[FASTSCNN_CLASSES][FASTSCNN_BLOCK], lower[FASTSCNN_CLASSES][FASTSCNN_BLOCK];
    int x, y, i, k;
    for (x = left; x < right; x += FASTSCNN_BLOCK) {
        const float *near_ = columns->near_ + x, *far_ = columns->far_ + x;
        size_t wide = (size_t)(right - x < FASTSCNN_BLOCK ? right - x : FASTSCNN_BLOCK);
        for (k = 0; k < count && !flat; k++) {
            int c = candidates[k];
            float a = corner[0][c], b = corner[1][c], d = corner[2][c], e = corner[3][c];
            for (i = 0; i < FASTSCNN_BLOCK; i++) {
                upper[k][i] = fastscnn_fused(a, near_[i], b * far_[i], fused);
                lower[k][i] = fastscnn_fused(d, near_[i], e * far_[i], fused);
            }
        }
        for (y = top; y < bottom; y++) {
            float best[FASTSCNN_BLOCK] = {0}, above = rows->near_[y], below = rows->far_[y];
            int32_t label[FASTSCNN_BLOCK] = {0};
            uint8_t bytes[FASTSCNN_BLOCK];
            for (k = 0; k < count; k++) {
                int c = candidates[k];
                float value[FASTSCNN_BLOCK];
                if (flat) {
                    float a = corner[0][c], b = corner[1][c], d = corner[2][c], e = corner[3][c];
                    for (i = 0; i < FASTSCNN_BLOCK; i++) {
                        float u = above * near_[i], v = above * far_[i], w = below * near_[i], z = below * far_[i];
                        value[i] = c < vectors ? fastscnn_sum(d, w, e, z, b, v, a, u, fused)
                                               : fastscnn_sum(b, v, a, u, d, w, e, z, fused);
                    }
                } else {
                    for (i = 0; i < FASTSCNN_BLOCK; i++)
                        value[i] = fastscnn_fused(upper[k][i], above, lower[k][i] * below, fused);
                }
                for (i = 0; i < FASTSCNN_BLOCK; i++) {
                    int better = k == 0 || value[i] > best[i];
                    best[i] = better ? value[i] : best[i];
                    label[i] = better ? c : label[i];
                }
            }
            for (i = 0; i < FASTSCNN_BLOCK; i++) bytes[i] = (uint8_t)label[i];
            memcpy(labels + (size_t)y * width + (size_t)x, bytes, wide);
        }
    }
}

/* The pixels of all cells between two rows of logits. `first` has each cell's first column, and the width. */
FASTSCNN_INLINE void fastscnn_band(
    const fastscnn_row *upper,
    const fastscnn_row *lower,
    int cells,
    int classes,
    const fastscnn_axis *rows,
    int top,
    int bottom,
    const fastscnn_axis *columns,
    const int32_t *first,
    int flat,
    uint8_t *labels,
    int width,
    int fused
) {
    uint8_t *line = labels + (size_t)top * (size_t)width;
    int x, y, run = 0;
    /* a line of the corner's winners first, in runs; it is right wherever four corners agree */
    for (x = 1; x <= cells; x++)
        if (x == cells || upper->winner[x] != upper->winner[run]) {
            memset(line + first[run], upper->winner[run], (size_t)(first[x] - first[run]));
            run = x;
        }
    for (y = top + 1; y < bottom; y++) memcpy(labels + (size_t)y * (size_t)width, line, (size_t)width);
    for (x = 0; x < cells; x++) {
        int beside = x + 1 < cells ? x + 1 : x, count;
        uint8_t winner[4], candidates[FASTSCNN_CLASSES];
        const float *corner[4];
        winner[0] = upper->winner[x];
        winner[1] = upper->winner[beside];
        winner[2] = lower->winner[x];
        winner[3] = lower->winner[beside];
        if (winner[0] == winner[1] && winner[0] == winner[2] && winner[0] == winner[3]) {
            float lead = fastscnn_least(
                fastscnn_least(upper->lead[x], upper->lead[beside]),
                fastscnn_least(lower->lead[x], lower->lead[beside])
            );
            if (lead > fastscnn_margin(upper->most[x], upper->most[beside], lower->most[x], lower->most[beside]))
                continue;
        }
        if (first[x] == first[x + 1]) continue;
        corner[0] = upper->logits + (size_t)x * (size_t)classes;
        corner[1] = upper->logits + (size_t)beside * (size_t)classes;
        corner[2] = lower->logits + (size_t)x * (size_t)classes;
        corner[3] = lower->logits + (size_t)beside * (size_t)classes;
        count = fastscnn_candidates(corner, winner, classes, flat, candidates);
        fastscnn_settle(
            corner, candidates, count, classes & ~7, rows, top, bottom, columns, first[x], first[x + 1], flat, labels,
            (size_t)width, fused
        );
    }
}

typedef void (*fastscnn_band_function)(
    const fastscnn_row *, const fastscnn_row *, int, int, const fastscnn_axis *, int, int, const fastscnn_axis *,
    const int32_t *, int, uint8_t *, int
);

static FASTSCNN_UNUSED void fastscnn_band_plain(
    const fastscnn_row *upper, const fastscnn_row *lower, int cells, int classes, const fastscnn_axis *rows,
    int top, int bottom, const fastscnn_axis *columns, const int32_t *first, int flat, uint8_t *labels, int width
) {
#ifdef FASTSCNN_ALWAYS_FUSED
    fastscnn_band(upper, lower, cells, classes, rows, top, bottom, columns, first, flat, labels, width, 1);
#else
    fastscnn_band(upper, lower, cells, classes, rows, top, bottom, columns, first, flat, labels, width, 0);
#endif
}

#ifdef FASTSCNN_ASKS_FUSED
__attribute__((target("avx2,fma"))) static void fastscnn_band_fused(
    const fastscnn_row *upper, const fastscnn_row *lower, int cells, int classes, const fastscnn_axis *rows,
    int top, int bottom, const fastscnn_axis *columns, const int32_t *first, int flat, uint8_t *labels, int width
) {
    fastscnn_band(upper, lower, cells, classes, rows, top, bottom, columns, first, flat, labels, width, 1);
}
#endif

static fastscnn_band_function fastscnn_best_band(void) {
#ifdef FASTSCNN_ASKS_FUSED
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return fastscnn_band_fused;
#endif
    return fastscnn_band_plain;
}

/* A part of the one block of memory, aligned. */
static void *fastscnn_take(char **free_, size_t bytes) {
    void *part = *free_;
    *free_ += (bytes + 63) & ~(size_t)63;
    return part;
}

static FASTSCNN_UNUSED int fastscnn_labels(
    const fastscnn_source *source, int height, int width, int classes, uint8_t *labels, int out_height,
    int out_width, int flags
) {
    const size_t row_floats = (size_t)(width < 0 ? 0 : width) * (size_t)(classes < 0 ? 0 : classes);
    int flat, top, bottom, i, held[2] = {-1, -1};
    fastscnn_band_function band = fastscnn_best_band();
    fastscnn_axis rows, columns;
    fastscnn_row row[2];
    int32_t *first;
    char *memory, *part;
    if (height < 1 || width < 1 || classes < 1 || classes > FASTSCNN_CLASSES || out_height < 1 || out_width < 1)
        return -1;
    memory = (char *)calloc(
        1, 64 * 16 + 12 * ((size_t)out_height + (size_t)out_width + 2 * FASTSCNN_BLOCK)
               + 4 * ((size_t)width + 1) + 2 * (4 * row_floats + 9 * (size_t)width)
    );
    if (memory == NULL) return -2;
    part = memory;
    for (i = 0; i < 2; i++) {
        fastscnn_axis *axis = i ? &columns : &rows;
        size_t length = (size_t)(i ? out_width : out_height) + FASTSCNN_BLOCK;
        axis->cell = (int32_t *)fastscnn_take(&part, 4 * length);
        axis->near_ = (float *)fastscnn_take(&part, 4 * length);
        axis->far_ = (float *)fastscnn_take(&part, 4 * length);
        row[i].values = (float *)fastscnn_take(&part, 4 * row_floats);
        row[i].winner = (uint8_t *)fastscnn_take(&part, (size_t)width);
        row[i].most = (float *)fastscnn_take(&part, 4 * (size_t)width);
        row[i].lead = (float *)fastscnn_take(&part, 4 * (size_t)width);
    }
    first = (int32_t *)fastscnn_take(&part, 4 * ((size_t)width + 1));
    fastscnn_positions(&rows, height, out_height, flags & FASTSCNN_ALIGN_CORNERS);
    fastscnn_positions(&columns, width, out_width, flags & FASTSCNN_ALIGN_CORNERS);
    for (i = out_width; i-- > 0;) first[columns.cell[i]] = i;
    first[width] = out_width;
    for (i = width; i-- > 0;)
        /* a cell without a column of its own begins where the next one does */
        if (columns.cell[first[i]] != i) first[i] = first[i + 1];
    flat = ((flags & FASTSCNN_CHANNELS_LAST || height * width == 1) && classes > 3)
           || out_height + out_width <= FASTSCNN_SMALL;
    for (top = 0; top < out_height; top = bottom) {
        int cell = rows.cell[top], below = cell + 1 < height ? cell + 1 : cell, wanted, y;
        for (bottom = top + 1; bottom < out_height && rows.cell[bottom] == cell;) bottom++;
        for (wanted = cell;; wanted = below) {
            y = wanted & 1;
            if (held[y] != wanted) {
                fastscnn_load(&row[y], source, wanted, height, width, classes, flat);
                held[y] = wanted;
            }
            if (wanted == below) break;
        }
        band(
            &row[cell & 1], &row[below & 1], width, classes, &rows, top, bottom, &columns, first, flat, labels,
            out_width
        );
    }
    free(memory);
    return 0;
}

FASTSCNN_LABELS_API FASTSCNN_UNUSED int fastscnn_labels_f32(
    const float *logits, int height, int width, int classes, uint8_t *labels, int out_height, int out_width,
    int flags
) {
    fastscnn_source source = {NULL, 0, 1.0f, 0, 0};
    source.data = logits;
    source.planar = flags & FASTSCNN_PLANAR;
    return fastscnn_labels(&source, height, width, classes, labels, out_height, out_width, flags);
}

FASTSCNN_LABELS_API FASTSCNN_UNUSED int fastscnn_labels_i8(
    const int8_t *logits, float scale, int zero_point, int height, int width, int classes, uint8_t *labels,
    int out_height, int out_width, int flags
) {
    fastscnn_source source = {NULL, 1, 1.0f, 0, 0};
    source.data = logits;
    source.planar = flags & FASTSCNN_PLANAR;
    source.scale = scale;
    source.zero_point = zero_point;
    return fastscnn_labels(&source, height, width, classes, labels, out_height, out_width, flags);
}

FASTSCNN_LABELS_API FASTSCNN_UNUSED int fastscnn_labels_u8(
    const uint8_t *logits, float scale, int zero_point, int height, int width, int classes, uint8_t *labels,
    int out_height, int out_width, int flags
) {
    fastscnn_source source = {NULL, 2, 1.0f, 0, 0};
    source.data = logits;
    source.planar = flags & FASTSCNN_PLANAR;
    source.scale = scale;
    source.zero_point = zero_point;
    return fastscnn_labels(&source, height, width, classes, labels, out_height, out_width, flags);
}

#endif
