/* What the page holds as text: base64, most of it gzip. */

function bytes(id) {
  const text = atob(document.getElementById(id).textContent.trim());
  const found = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place++) found[place] = text.charCodeAt(place);
  return found;
}

async function inflated(id) {
  const stream = new Blob([bytes(id)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export const facts = () => JSON.parse(document.getElementById("facts").textContent);
export const worker = () => bytes("worker");
export const network = () => inflated("network");
export const photograph = (place) => new Blob([bytes(`photograph-${place}`)], { type: "image/jpeg" });
export const runtime = async (name) => ({ code: await inflated(`${name}-code`), wasm: await inflated(`${name}-wasm`) });
