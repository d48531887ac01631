/**
 * Spectra of convolutional networks with flattened and with averaged positions: rows B6 and B7.
 * @module
 */
import { kernelsAtDepths } from "../../kernels/index.js";
import { flatten, globalAvgPool, type Layer } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { bulkSpectrum } from "../../trainability/index.js";
import type { CheckWork } from "../check-work.js";
import { type Check, relative } from "../checks.js";
import { criticalLayer, deepCircularNetwork, type PaperLayer, readingOf } from "../paper-b/deep-network.js";

const POSITIONS = 8;
const CHANNELS = 16;
const M = 6;
const CHAOTIC: PaperLayer = { activation: "erf", weightVariance: 1.5, biasVariance: 0.05 };

/** Gaussian samples, every position of mean square `q`. */
function inputs(seed: number, q: number): NdArray<Float64Array> {
  const data = createRng(seed)
    .fork("images")
    .normals(new Float64Array(M * POSITIONS * CHANNELS));
  for (let at = 0; at < data.length; at += CHANNELS) {
    const position = data.subarray(at, at + CHANNELS);
    const scale = Math.sqrt((CHANNELS * q) / position.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < CHANNELS; i++) position[i]! *= scale;
  }
  return { data, shape: [M, POSITIONS, CHANNELS] };
}

interface Spectrum {
  readonly lambdaMax: number;
  readonly bulk: number;
}

async function spectrumAt(
  layer: PaperLayer,
  readout: Layer,
  depth: number,
  { seed, threads, signal }: CheckWork,
): Promise<Spectrum> {
  const x = inputs(seed, readingOf(layer).qStar!);
  const options = { get: ["ntk", "ntkGap"] as const, threads, signal };
  for await (const { ntk, ntkGap } of kernelsAtDepths(
    deepCircularNetwork(layer, [POSITIONS, CHANNELS], readout),
    [depth],
    x,
    null,
    options,
  )) {
    const { lambdaMax, eigenvalues } = await bulkSpectrum(ntk, ntkGap);
    // the bulk's mean: pooling leaves it a spread that depends on the data
    const rest = eigenvalues.slice(1);
    return { lambdaMax, bulk: rest.reduce((sum, x) => sum + x, 0) / rest.length };
  }
  throw new RangeError("kernelsAtDepths gave nothing");
}

export async function cnnChecks(work: CheckWork): Promise<Check[]> {
  const critical = criticalLayer("erf", 0.05);
  const q = readingOf(critical).qStar!;
  const depth = 4096;
  const flat = await spectrumAt(critical, flatten(), depth, work);
  const pooled = await spectrumAt(critical, globalAvgPool(), depth, work);
  const at = `erf critical, d = ${POSITIONS}, m = ${M}, l = ${depth}`;
  const table = "paper B, NTK table, critical";
  const scale = depth * q;
  const [m, d] = [M, POSITIONS];
  const rows = [
    relative(
      { id: "B6", quantity: `CNN-F, ${at}: kappa`, source: `${table}: (m + 2) / 2` },
      flat.lambdaMax / flat.bulk,
      (m + 2) / 2,
      0.01,
    ),
    relative(
      { id: "B6", quantity: `CNN-P, ${at}: kappa`, source: `${table}: (m d + 2) / 2` },
      pooled.lambdaMax / pooled.bulk,
      (m * d + 2) / 2,
      0.01,
    ),
    relative(
      { id: "B6", quantity: `CNN-P, ${at}: lambda_max / (l q*)`, source: `${table}: (m d + 2) / (3 d)` },
      pooled.lambdaMax / scale,
      (m * d + 2) / (3 * d),
      0.01,
    ),
    relative(
      { id: "B6", quantity: `CNN-P, ${at}: bulk / (l q*)`, source: `${table}: 2 / (3 d)` },
      pooled.bulk / scale,
      2 / (3 * d),
      0.01,
    ),
  ];
  for (const l of [200, 300]) {
    const excess = async (readout: Layer) => {
      const { lambdaMax, bulk } = await spectrumAt(CHAOTIC, readout, l, work);
      return lambdaMax / bulk - 1;
    };
    rows.push(
      relative(
        {
          id: "B7",
          quantity: `erf (1.5, 0.05), d = ${d}, l = ${l}: (kappa - 1) of CNN-P over that of CNN-F`,
          source: "paper B, NTK table, chaotic: d",
        },
        (await excess(globalAvgPool())) / (await excess(flatten())),
        d,
        0.005,
      ),
    );
  }
  return rows;
}
