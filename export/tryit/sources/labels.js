/* Full-size labels from logits at 1/8, exactly: fastscnn/graph/labels.py in JavaScript, with its reasons.
 *
 * Numbers here are doubles; Math.fround rounds where that module's float32 does.
 */

const MARGIN = 2 ** -20;
const { fround, abs, max, min } = Math;

/** Per pixel of one axis: the cell that it lies in, and how near it is to the cell's two corners. */
function positions(length, target, alignCorners) {
  const cell = new Int32Array(target);
  const near = new Float32Array(target);
  const far = new Float32Array(target);
  const step = alignCorners ? (target > 1 ? fround((length - 1) / (target - 1)) : 0) : fround(length / target);
  for (let pixel = 0; pixel < target; pixel++) {
    const position = alignCorners ? fround(pixel * step) : max(0, fround((pixel + 0.5) * step - 0.5));
    cell[pixel] = min(Math.trunc(position), length - 1);
    far[pixel] = position - cell[pixel];
    near[pixel] = 1 - far[pixel];
  }
  return { cell, near, far };
}

/** Where each cell's pixels begin along an axis; one more entry ends the last. */
function starts(cell, length) {
  const first = new Int32Array(length + 1).fill(cell.length);
  for (let pixel = cell.length - 1; pixel >= 0; pixel--) first[cell[pixel]] = pixel;
  for (let place = length - 1; place >= 0; place--) first[place] = min(first[place], first[place + 1]);
  return first;
}

/** Of each cell of the logits: the first of the greatest, its value, its lead over the classes before it. */
function winnersOf(logits, cells, classes) {
  const winner = new Uint8Array(cells);
  const most = new Float64Array(cells);
  const lead = new Float64Array(cells);
  for (let place = 0, at = 0; place < cells; place++, at += classes) {
    let best = 0;
    let greatest = logits[at];
    let before = -Infinity;
    for (let label = 1; label < classes; label++) {
      const value = logits[at + label];
      if (value > greatest) {
        before = greatest;
        greatest = value;
        best = label;
      }
    }
    winner[place] = best;
    most[place] = greatest;
    lead[place] = greatest - before;
  }
  return { winner, most, lead };
}

/** Classes that may win somewhere between four corners, in their order; how many. */
function candidatesOf(logits, corners, winners, classes, found) {
  const [a, b, c, d] = corners;
  let count = 0;
  for (let label = 0; label < classes; label++) {
    let possible = true;
    for (let i = 0; i < 4 && possible; i++) {
      const other = winners[i];
      if (label === other) continue;
      const p = logits[a + other];
      const q = logits[b + other];
      const r = logits[c + other];
      const s = logits[d + other];
      if (label < other) {
        // a class of a lower number wins a tie, also one that only rounding makes
        const margin = MARGIN * max(abs(p), abs(q), abs(r), abs(s));
        possible =
          logits[a + label] >= p - margin ||
          logits[b + label] >= q - margin ||
          logits[c + label] >= r - margin ||
          logits[d + label] >= s - margin;
      } else {
        possible =
          logits[a + label] > p || logits[b + label] > q || logits[c + label] > r || logits[d + label] > s;
      }
    }
    if (possible) found[count++] = label;
  }
  return count;
}

/** The labels of one cell's pixels, from the classes that may win there; `room` holds what is worked on. */
function settle(labels, width, logits, corners, found, count, rows, top, bottom, columns, left, right, room) {
  const [a, b, c, d] = corners;
  const wide = right - left;
  const { upper, lower, best } = room;
  for (let rank = 0, at = 0; rank < count; rank++) {
    const label = found[rank];
    const p = logits[a + label];
    const q = logits[b + label];
    const r = logits[c + label];
    const s = logits[d + label];
    for (let x = left; x < right; x++, at++) {
      const near = columns.near[x];
      const far = columns.far[x];
      upper[at] = p * near + fround(q * far);
      lower[at] = r * near + fround(s * far);
    }
  }
  for (let y = top; y < bottom; y++) {
    const near = rows.near[y];
    const far = rows.far[y];
    const line = y * width + left;
    for (let x = 0; x < wide; x++) {
      best[x] = upper[x] * near + fround(lower[x] * far);
      labels[line + x] = found[0];
    }
    for (let rank = 1, at = wide; rank < count; rank++) {
      const label = found[rank];
      for (let x = 0; x < wide; x++, at++) {
        const value = fround(upper[at] * near + fround(lower[at] * far));
        if (value > best[x]) {
          best[x] = value;
          labels[line + x] = label;
        }
      }
    }
  }
}

/**
 * The argmax of the logits resized bilinearly: height x width bytes.
 *
 * @param {Float32Array} logits rows x columns x classes
 * @param {{rows: number, columns: number, classes: number}} shape of the logits; at most 256 classes
 * @param {{height: number, width: number}} size of the labels
 */
export function labelsOf(logits, { rows, columns, classes }, { height, width }, alignCorners) {
  const { winner, most, lead } = winnersOf(logits, rows * columns, classes);
  if (rows === height && columns === width) return winner;
  const labels = new Uint8Array(height * width);
  const down = positions(rows, height, alignCorners);
  const across = positions(columns, width, alignCorners);
  const tops = starts(down.cell, rows);
  const lefts = starts(across.cell, columns);
  const widest = max(...lefts.subarray(1).map((end, place) => end - lefts[place]));
  // stored as float32, which rounds
  const room = {
    upper: new Float32Array(widest * classes),
    lower: new Float32Array(widest * classes),
    best: new Float32Array(widest),
  };
  const found = new Uint8Array(classes);
  const corners = [0, 0, 0, 0];
  const winners = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const top = tops[row];
    const bottom = tops[row + 1];
    if (top === bottom) continue;
    // a line of the corners' winners first: it is right wherever four corners agree
    for (let column = 0; column < columns; column++) {
      labels.fill(winner[row * columns + column], top * width + lefts[column], top * width + lefts[column + 1]);
    }
    for (let y = top + 1; y < bottom; y++) labels.copyWithin(y * width, top * width, (top + 1) * width);
    const below = min(row + 1, rows - 1);
    for (let column = 0; column < columns; column++) {
      if (lefts[column] === lefts[column + 1]) continue;
      const beside = min(column + 1, columns - 1);
      const a = row * columns + column;
      const b = row * columns + beside;
      const c = below * columns + column;
      const d = below * columns + beside;
      const same = winner[a] === winner[b] && winner[a] === winner[c] && winner[a] === winner[d];
      if (same) {
        const margin = MARGIN * max(abs(most[a]), abs(most[b]), abs(most[c]), abs(most[d]));
        if (min(lead[a], lead[b], lead[c], lead[d]) > margin) continue;
      }
      winners[0] = winner[a];
      winners[1] = winner[b];
      winners[2] = winner[c];
      winners[3] = winner[d];
      corners[0] = a * classes;
      corners[1] = b * classes;
      corners[2] = c * classes;
      corners[3] = d * classes;
      const count = candidatesOf(logits, corners, winners, classes, found);
      settle(
        labels, width, logits, corners, found, count, down, top, bottom, across, lefts[column], lefts[column + 1], room,
      );
    }
  }
  return labels;
}
