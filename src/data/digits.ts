/**
 * The optical digits of the UCI repository, 8 x 8.
 * @module
 */
import { readCsv } from "./csv.js";
import type { Split } from "./dataset.js";
import { failData } from "./problem.js";

const DIGITS_SIDE = 8;
const DIGITS_LEVELS = 16;

/**
 * The 8 x 8 digits of the UCI repository (the form of `optdigits.tes` and of scikit-learn's `digits.csv`): 64 grey
 * values 0..16 and the digit per line. Samples [n, 8, 8, 1], bytes.
 *
 * @throws ForetrainError `ERR_DATA` for other widths or values
 */
export function readDigits(text: string, file: string): Split {
  const { samples, classNames } = readCsv(text, file, { header: false });
  const [n, d] = samples.x.shape as readonly [number, number];
  if (d !== DIGITS_SIDE ** 2) {
    failData(file, `has ${d} features per line`, `expected ${DIGITS_SIDE ** 2} grey values and the digit`, {
      got: d,
      expected: DIGITS_SIDE ** 2,
    });
  }
  const bad = samples.x.data.findIndex((value) => !(value >= 0 && value <= DIGITS_LEVELS && value % 1 === 0));
  if (bad >= 0) {
    failData(
      file,
      `grey value ${bad % d} of sample ${Math.floor(bad / d)} is ${samples.x.data[bad]}`,
      "expected integers from 0 to 16",
      { index: [Math.floor(bad / d), bad % d], got: samples.x.data[bad] },
    );
  }
  const digits = samples.y.map((label) => Number(classNames[label]));
  const wrong = digits.findIndex((digit) => !(digit >= 0 && digit <= 9));
  if (wrong >= 0) {
    failData(file, `sample ${wrong} has label ${digits[wrong]}`, "expected a digit 0 to 9", {
      index: wrong,
      got: digits[wrong],
    });
  }
  return { x: { data: Uint8Array.from(samples.x.data), shape: [n, DIGITS_SIDE, DIGITS_SIDE, 1] }, y: digits };
}
