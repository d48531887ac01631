/**
 * One network on the sinusoid with true labels and one with noisy ones: rows C6, C7.
 * @module
 */
import type { CheckWork } from "../check-work.js";
import { absolute, atLeast, type Check } from "../checks.js";
import { trainSinusoid } from "../paper-c/sinusoid-training.js";

const PROBLEM = {
  dimensions: 20,
  frequency: 2,
  train: 10_000,
  test: 20_000,
  units: 256,
  learningRate: 0.05,
  batch: 32,
};

/** The network knows more than L from here on. */
const BEYOND = 1.2;

export async function cleanTraining({ seed, signal }: CheckWork): Promise<Check[]> {
  const epochs = [0.03, 0.1, 0.2, 0.5, 1, 2, 3, 5, 8, 12, 20, 30];
  const { test } = await trainSinusoid({ ...PROBLEM, noise: 0, epochs, seed }, { signal });
  const { network, explained, simple } = test;
  const reached = network.findIndex((bits) => bits >= 0.95 * simple);
  const shares = explained.flatMap((mu, t) => (t <= reached && network[t]! > 0.02 ? [mu / network[t]!] : []));
  const later = explained.filter((_, t) => network[t]! > BEYOND * simple);
  const subject = (quantity: string, source: string) => ({
    id: "C6",
    quantity: `sinusoid, true labels: ${quantity}`,
    source: `paper C, conjecture 1: ${source}`,
  });
  return [
    atLeast(
      subject("least mu / I(F; Y) up to T0", "explained by L"),
      shares.length === 0 ? Number.NaN : Math.min(...shares),
      0.8,
    ),
    absolute(
      subject("largest mu / I(L; Y)", "all of L is learned; 10 %"),
      Math.max(...explained) / simple,
      1,
      0.1,
    ),
    atLeast(
      subject("I(F; Y) / I(L; Y) in the end", "more than L is learned"),
      network.at(-1)! / simple,
      BEYOND,
    ),
    atLeast(
      subject("least mu / I(L; Y) where I(F; Y) is above 1.2 I(L; Y)", "retention"),
      later.length === 0 ? 0 : Math.min(...later) / simple,
      0.9,
    ),
  ];
}

export async function noisyTraining({ seed, signal }: CheckWork): Promise<Check[]> {
  const epochs = [0.5, 3, 8, 12, 20, 60];
  const { test } = await trainSinusoid({ ...PROBLEM, noise: 0.1, epochs, seed }, { signal });
  const { accuracy, explained, simple } = test;
  const peak = Math.max(...accuracy);
  // of the difference of two accuracies of the same samples, at most
  const error = Math.sqrt(0.5 / PROBLEM.test);
  const subject = (quantity: string, source: string) => ({
    id: "C7",
    quantity: `sinusoid, 10 % wrong train labels: ${quantity}`,
    source: `paper C, label noise: ${source}`,
  });
  const early = accuracy[epochs.indexOf(3) + 1]!;
  return [
    atLeast(
      subject("rise of the test accuracy from epoch 3 to its peak, less 4 standard errors", "first it rises"),
      peak - early - 4 * error,
      0,
    ),
    atLeast(
      subject(
        "fall of the test accuracy from its peak to epoch 60, less 4 standard errors",
        "then it over-fits",
      ),
      peak - accuracy.at(-1)! - 4 * error,
      0,
    ),
    atLeast(subject("mu / I(L; Y) at epoch 60", "most of it is kept"), explained.at(-1)! / simple, 0.6),
  ];
}
