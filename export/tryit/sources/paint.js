/* Labels as colours on a canvas that lies over the photograph. */

const DIMMED = 40;

/** `only`: the class that is held up, or null for all of them. */
export function paint(canvas, labels, { width, height, colors }, only) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  const palette = new Uint8ClampedArray(colors.length * 4);
  colors.forEach((color, label) => palette.set([...color, only === null || only === label ? 255 : DIMMED], label * 4));
  const painted = new Uint32Array(palette.buffer);
  for (let place = 0; place < labels.length; place++) words[place] = painted[labels[place]];
  context.putImageData(image, 0, 0);
}
