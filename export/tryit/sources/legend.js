/* Each class's colour, name and share; one of them may be held up. */

export function sharesOf(labels, classes) {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  return counts.map((count) => count / labels.length);
}

const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** Fills a list; `choose` is told the class under the pointer or chosen, or null. */
export function drawLegend(list, { classes, colors }, labels, choose) {
  const shares = sharesOf(labels, classes.length);
  const order = [...shares.keys()].filter((label) => shares[label] > 0).sort((a, b) => shares[b] - shares[a]);
  let held = null;
  const buttons = order.map((label) => {
    const button = document.createElement("button");
    const swatch = document.createElement("i");
    swatch.style.background = `rgb(${colors[label].join(" ")})`;
    const share = document.createElement("span");
    share.textContent = percent(shares[label]);
    button.append(swatch, classes[label], " ", share);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.onpointerenter = () => choose(label);
    button.onpointerleave = () => choose(held);
    button.onclick = () => {
      held = held === label ? null : label;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && held !== null));
      choose(held);
    };
    return button;
  });
  list.replaceChildren(
    ...buttons.map((button) => {
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}
