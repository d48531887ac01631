/**
 * Eigenvalues of both kernels, and what they mean for training.
 * @module
 */
import { spectrumFigure } from "foretrain";
import { NumberValue } from "../../controls/number-value.js";
import type { Task } from "../../engine/task.js";
import type { FigureContents } from "../../figures/export.js";
import { Figure } from "../../figures/figure.js";
import { SvgFigure } from "../../figures/svg-figure.js";
import type { KernelInput, KernelReading, KernelSide } from "./operations.js";

function contentsOf({ ntk, nngp }: KernelReading): FigureContents {
  const list = ({ spectrum }: KernelSide) => ({
    data: Float64Array.from(spectrum.eigenvalues),
    shape: [spectrum.eigenvalues.length],
  });
  return {
    name: "spectrum",
    svg: () => spectrumFigure({ ntk: ntk.spectrum, nngp: nngp.spectrum }),
    csv: () => ({
      columns: ["rank", "eigenvalue of the NTK", "eigenvalue of the NNGP"],
      rows: ntk.spectrum.eigenvalues.map((value, i) => [i + 1, value, nngp.spectrum.eigenvalues[i]!]),
    }),
    arrays: () => ({ ntk: list(ntk), nngp: list(nngp) }),
  };
}

const ROWS = [
  { key: "lambdaMax", means: "largest eigenvalue", of: ({ spectrum }: KernelSide) => spectrum.lambdaMax },
  { key: "lambdaBulk", means: "median of the others", of: ({ spectrum }: KernelSide) => spectrum.lambdaBulk },
  { key: "lambdaMin", means: "smallest eigenvalue", of: ({ spectrum }: KernelSide) => spectrum.lambdaMin },
  { key: "kappa", means: "condition number κ", of: ({ spectrum }: KernelSide) => spectrum.kappa },
  {
    key: "effectiveRank",
    means: "eigenvalues above rounding",
    of: ({ spectrum }: KernelSide) => spectrum.effectiveRank,
  },
  {
    key: "learningRate",
    means: "largest stable learning rate",
    of: ({ learningRate }: KernelSide) => learningRate,
  },
] as const;

export function SpectrumFigure({ task }: { readonly task: Task<KernelInput, KernelReading> }) {
  const reading = task.state.value.value;
  return (
    <Figure
      id="spectrum"
      title="Spectrum"
      contents={reading === null ? null : contentsOf(reading)}
      caption="Full-batch descent on 1/(2n) of the sum of squares converges below the largest stable learning rate of the NTK; a mode of eigenvalue λ is learned in about n / (η λ) steps."
    >
      <div class="spectrum-room">
        {reading !== null && (
          <>
            <table class="spectrum-numbers">
              <thead>
                <tr>
                  <th scope="col">
                    <span class="muted">of the kernel</span>
                  </th>
                  <th scope="col">NTK</th>
                  <th scope="col">NNGP</th>
                </tr>
              </thead>
              <tbody>
                {ROWS.map(({ key, means, of }) => (
                  <tr key={key}>
                    <th scope="row">{means}</th>
                    <td>
                      <NumberValue name={`ntk.${key}`} value={of(reading.ntk)} />
                    </td>
                    <td>
                      {key === "learningRate" ? (
                        "–"
                      ) : (
                        <NumberValue name={`nngp.${key}`} value={of(reading.nngp)} />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <SvgFigure
              draw={(width) =>
                spectrumFigure(
                  { ntk: reading.ntk.spectrum, nngp: reading.nngp.spectrum },
                  { width, id: "spectrum" },
                )
              }
            />
          </>
        )}
      </div>
    </Figure>
  );
}
