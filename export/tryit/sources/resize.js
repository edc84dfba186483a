/* Pictures brought to the network's size as Pillow's antialiasing bilinear filter brings them, byte for byte.
 *
 * Each of the two passes rounds to bytes, so their order is seen; 13.0 begins with that which leaves less to do.
 */

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);
const CHANNELS = 4;

/** Per output pixel: where its taps begin, how many, and their weights as integers. */
function taps(length, target) {
  const scale = length / target;
  const reach = Math.max(scale, 1);
  const most = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Int32Array(target * most);
  const exact = new Float64Array(most);
  for (let pixel = 0; pixel < target; pixel++) {
    const center = (pixel + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(length, Math.trunc(center + reach + 0.5));
    let sum = 0;
    for (let tap = 0; tap < end - begin; tap++) {
      const away = Math.abs((tap + begin - center + 0.5) * (1 / reach));
      exact[tap] = away < 1 ? 1 - away : 0;
      sum += exact[tap];
    }
    for (let tap = 0; tap < end - begin; tap++) {
      weights[pixel * most + tap] = Math.trunc(0.5 + (exact[tap] / sum) * (1 << PRECISION));
    }
    first[pixel] = begin;
    count[pixel] = end - begin;
  }
  return { first, count, weights, most };
}

function across(pixels, width, height, target) {
  const { first, count, weights, most } = taps(width, target);
  const found = new Uint8ClampedArray(target * height * CHANNELS);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < target; x++, to += CHANNELS) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = (y * width + first[x]) * CHANNELS;
      for (let tap = x * most; tap < x * most + count[x]; tap++, from += CHANNELS) {
        const weight = weights[tap];
        red += pixels[from] * weight;
        green += pixels[from + 1] * weight;
        blue += pixels[from + 2] * weight;
      }
      found[to] = red >> PRECISION;
      found[to + 1] = green >> PRECISION;
      found[to + 2] = blue >> PRECISION;
      found[to + 3] = 255;
    }
  }
  return found;
}

function down(pixels, width, height, target) {
  const { first, count, weights, most } = taps(height, target);
  const found = new Uint8ClampedArray(width * target * CHANNELS);
  const line = width * CHANNELS;
  const sums = new Int32Array(line);
  for (let y = 0; y < target; y++) {
    sums.fill(HALF);
    for (let tap = 0; tap < count[y]; tap++) {
      const weight = weights[y * most + tap];
      const from = (first[y] + tap) * line;
      for (let x = 0; x < line; x++) sums[x] += pixels[from + x] * weight;
    }
    for (let x = 0; x < line; x++) found[y * line + x] = sums[x] >> PRECISION;
  }
  return found;
}

/**
 * R G B A bytes of another size; alpha becomes opaque.
 *
 * @param {{data: Uint8ClampedArray, width: number, height: number}} picture
 * @param {{height: number, width: number}} size
 */
export function resized({ data, width, height }, size) {
  const narrowed = (pixels, rows) => (width === size.width ? pixels : across(pixels, width, rows, size.width));
  const lowered = (pixels, columns) => (height === size.height ? pixels : down(pixels, columns, height, size.height));
  const downFirst = height > size.height && height - size.height > 2 * (width - size.width);
  return downFirst ? narrowed(lowered(data, width), size.height) : lowered(narrowed(data, height), size.width);
}
