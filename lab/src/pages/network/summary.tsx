/**
 * The network layer by layer: shapes, parameters, depth, and what its kernels will cost.
 * @module
 */
import {
  countText,
  describeLayer,
  hiddenDepth,
  type KernelPlan,
  type LayerShape,
  type Network,
  numberText,
  parameterCount,
} from "foretrain";
import { MathText } from "../../controls/math-text.js";
import { NumberValue } from "../../controls/number-value.js";
import type { TaskState } from "../../engine/task.js";

export interface SummaryProps {
  readonly network: Network;
  readonly shapes: readonly LayerShape[];
  readonly plan: TaskState<KernelPlan>;
  /** measured; null before the kernel is there */
  readonly milliseconds: number | null;
}

const shapeText = (shape: readonly number[]) => shape.join(" × ");

function secondsText(seconds: number): string {
  return seconds < 0.001
    ? "below 1 ms"
    : seconds < 1
      ? `${numberText(seconds * 1000, 2)} ms`
      : `${numberText(seconds, 2)} s`;
}

const bytesText = (bytes: number) =>
  bytes < 1e6 ? `${numberText(bytes / 1e3, 2)} kB` : `${numberText(bytes / 1e6, 2)} MB`;

export function Summary({ network, shapes, plan, milliseconds }: SummaryProps) {
  const { value } = plan;
  return (
    <section class="card network-summary" aria-label="the network in numbers">
      <dl class="facts">
        <div>
          <dt>parameters</dt>
          <dd>
            <data data-name="parameters" data-value={parameterCount(network)} value={parameterCount(network)}>
              {countText(parameterCount(network))}
            </data>
          </dd>
        </div>
        <div>
          <dt>hidden layers</dt>
          <dd>
            <NumberValue name="depth" value={hiddenDepth(network)} />
          </dd>
        </div>
        <div>
          <dt title="of both kernels, once it has begun">predicted work</dt>
          <dd>
            {value === null ? (
              "–"
            ) : (
              <data data-name="seconds" data-value={value.seconds} value={value.seconds}>
                {secondsText(value.seconds)}
              </data>
            )}
          </dd>
        </div>
        <div>
          <dt title="the first kernel of a visit compiles its code and starts its threads">
            measured, with its start
          </dt>
          <dd>{milliseconds === null ? "–" : secondsText(milliseconds / 1000)}</dd>
        </div>
        <div>
          <dt>memory</dt>
          <dd>{value === null ? "–" : bytesText(value.bytes.total)}</dd>
        </div>
        <div>
          <dt>computed by</dt>
          <dd>
            {value === null
              ? "–"
              : `${value.backend}, ${value.threads} thread${value.threads === 1 ? "" : "s"}`}
          </dd>
        </div>
      </dl>
      <div class="layer-table">
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              <th scope="col">input</th>
              <th scope="col">output</th>
            </tr>
          </thead>
          <tbody>
            {shapes.map(({ path, layer, level, input, output, copies }) => (
              <tr key={`${path} ${shapeText(input)}`} title={path}>
                <td style={{ paddingLeft: `${level * 18}px` }}>
                  <MathText text={describeLayer(layer)} />
                  {copies > 1 && <span class="muted"> × {copies}</span>}
                </td>
                <td>{shapeText(input)}</td>
                <td>{shapeText(output)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
