/* The steps around a network as they are usually taken, in plain C: what fastscnn_labels.h is measured against.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FASTSCNN_USUAL_STEPS_H
#define FASTSCNN_USUAL_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* R G B A bytes to normalised floats: pixels x 3, or 3 x pixels where `planar`. */
void usual_normalise(
    const uint8_t *rgba, float *tensor, size_t pixels, const float *mean, const float *std, int planar
) {
    size_t i;
    int c;
    if (planar)
        for (c = 0; c < 3; c++)
            for (i = 0; i < pixels; i++) tensor[(size_t)c * pixels + i] = ((float)rgba[4 * i + c] - mean[c]) / std[c];
    else
        for (i = 0; i < pixels; i++)
            for (c = 0; c < 3; c++) tensor[3 * i + c] = ((float)rgba[4 * i + c] - mean[c]) / std[c];
}

/* The class of the greatest logit of each pixel: logits are pixels x classes, or classes x pixels. */
void usual_argmax(const float *logits, uint8_t *labels, size_t pixels, int classes, int planar) {
    size_t step = planar ? pixels : 1, i;
    int c;
    for (i = 0; i < pixels; i++) {
        const float *own = planar ? logits + i : logits + i * (size_t)classes;
        float most = own[0];
        int winner = 0;
        for (c = 1; c < classes; c++)
            if (own[(size_t)c * step] > most) {
                most = own[(size_t)c * step];
                winner = c;
            }
        labels[i] = (uint8_t)winner;
    }
}

#endif
