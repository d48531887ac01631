/**
 * One hidden tanh layer under noisy gradient descent in plain loops: nothing of the library but random numbers.
 * @module
 */
import type { Rng } from "../../src/numeric/random.js";

/** f_k = 1 / sqrt(N) sum_j v_jk tanh(sigma_w / sqrt(d) sum_i w_ij x_i + sigma_b b_j), weights in the order w [d, N], b [N], v [N, k]. */
export interface PlainNetwork {
  readonly inputs: number;
  readonly width: number;
  readonly outputs: number;
  readonly weightVariance: number;
  readonly biasVariance: number;
}

export interface PlainTraining {
  readonly network: PlainNetwork;
  /** theta_0 */
  readonly start: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly testX: Float64Array;
  readonly noise: number;
  readonly step: number;
  readonly steps: readonly number[];
  /** f_eps(w) = f_0 + (f(theta_0 + eps w) - f_0) / eps; 1: the network itself */
  readonly eps: number;
}

function outputsOf(net: PlainNetwork, theta: Float64Array, x: Float64Array, hidden: Float64Array) {
  const { inputs: d, width, outputs: k } = net;
  const samples = x.length / d;
  const out = new Float64Array(samples * k);
  const [a, b, c] = [Math.sqrt(net.weightVariance / d), Math.sqrt(net.biasVariance), 1 / Math.sqrt(width)];
  for (let s = 0; s < samples; s++) {
    for (let j = 0; j < width; j++) {
      let z = b * theta[d * width + j]!;
      for (let i = 0; i < d; i++) z += a * theta[i * width + j]! * x[s * d + i]!;
      const h = Math.tanh(z);
      hidden[s * width + j] = h;
      for (let o = 0; o < k; o++) out[s * k + o]! += c * h * theta[(d + 1) * width + j * k + o]!;
    }
  }
  return out;
}

/** Test outputs [steps][samples * outputs] of one path; `noise` draws what is added, null for the quiet path. */
function path(training: PlainTraining, draws: ((xi: Float64Array) => void) | null, sign: number) {
  const { network: net, start, x, y, testX, noise, step, steps, eps } = training;
  const { inputs: d, width, outputs: k } = net;
  const n = x.length / d;
  const [a, b, c] = [Math.sqrt(net.weightVariance / d), Math.sqrt(net.biasVariance), 1 / Math.sqrt(width)];
  const hidden = new Float64Array(n * width);
  const testHidden = new Float64Array((testX.length / d) * width);
  const lazy = (f: Float64Array, f0: Float64Array) => f.map((v, i) => f0[i]! + (v - f0[i]!) / eps);
  const first = outputsOf(net, start, x, hidden);
  const firstTest = outputsOf(net, start, testX, testHidden);
  const theta = Float64Array.from(start);
  const gradient = new Float64Array(theta.length);
  const xi = new Float64Array(theta.length);
  const spread = sign * noise * Math.sqrt(step);
  const seen: Float64Array[] = [];
  let at = 0;
  for (const until of steps) {
    for (; at < until; at++) {
      const f = lazy(outputsOf(net, theta, x, hidden), first);
      gradient.fill(0);
      for (let s = 0; s < n; s++) {
        for (let j = 0; j < width; j++) {
          const h = hidden[s * width + j]!;
          let back = 0;
          for (let o = 0; o < k; o++) {
            const residual = (c * (f[s * k + o]! - y[s * k + o]!)) / n;
            const v = (d + 1) * width + j * k + o;
            gradient[v]! += residual * h;
            back += residual * theta[v]!;
          }
          back *= 1 - h * h;
          gradient[d * width + j]! += b * back;
          for (let i = 0; i < d; i++) gradient[i * width + j]! += a * back * x[s * d + i]!;
        }
      }
      draws?.(xi);
      for (let p = 0; p < theta.length; p++) {
        theta[p]! += eps * (spread * xi[p]! - step * gradient[p]!);
      }
    }
    seen.push(lazy(outputsOf(net, theta, testX, testHidden), firstTest));
  }
  return seen;
}

/** The quiet path, and pairs of paths with opposite noise, each pair by its own random stream. */
export function plainNoisyTraining(training: PlainTraining, pairs: number, rng: Rng) {
  return {
    quiet: path(training, null, 0),
    pairs: Array.from({ length: pairs }, (_, pair) => {
      const stream = rng.fork("pair", pair);
      // drawn on the way there, and taken again with the other sign
      const drawn: Float64Array[] = [];
      const forth = path(
        training,
        (xi) => {
          stream.normals(xi);
          drawn.push(Float64Array.from(xi));
        },
        1,
      );
      let at = 0;
      const back = path(training, (xi) => xi.set(drawn[at++]!), -1);
      return [forth, back];
    }),
  };
}
