/**
 * What pieces of work know a data set by.
 * @module
 */
import type { Dataset } from "../data/index.js";

/** SHA-256 of values and labels, in hexadecimal: equal data, equal pieces. */
export async function datasetKey({
  train,
  test,
  classNames,
}: Pick<Dataset, "train" | "test" | "classNames">): Promise<string> {
  const parts = [train.x.data, train.y, test.x.data, test.y].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  parts.push(new TextEncoder().encode(JSON.stringify([train.x.shape, test.x.shape, classNames])));
  const hashes = await Promise.all(
    parts.map((part) => crypto.subtle.digest("SHA-256", part as BufferSource)),
  );
  const all = new Uint8Array(hashes.length * 32);
  hashes.forEach((hash, i) => {
    all.set(new Uint8Array(hash), i * 32);
  });
  const whole = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(whole, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
