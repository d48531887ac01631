/**
 * The page Network: architecture, sample, kernels and their spectrum.
 * @module
 */
import { type LayerShape, layerShapes, type Network } from "foretrain";
import { useMemo, useRef } from "preact/hooks";
import { CopyAs } from "../../controls/copy-as.js";
import { createTask } from "../../engine/task.js";
import { useRequest } from "../../engine/use-request.js";
import { mnistAddress } from "../mnist.js";
import type { PageProps } from "../page.js";
import { copyItems } from "./copy.js";
import type { networkFields } from "./fields.js";
import { KernelFigure } from "./kernel-figure.js";
import type { NetworkOperations } from "./operations.js";
import { Settings } from "./settings.js";
import { networkOf } from "./spec.js";
import { SpectrumFigure } from "./spectrum-figure.js";
import { Summary } from "./summary.js";
import "./network.css";

interface Read {
  readonly network: Network;
  readonly shapes: readonly LayerShape[];
}

/** The network of the text, or what is wrong with it. */
function read(spec: string, side: string): { readonly value: Read | null; readonly error: string | null } {
  try {
    const network = networkOf(spec, side);
    return { value: { network, shapes: layerShapes(network) }, error: null };
  } catch (error) {
    return { value: null, error: error instanceof Error ? error.message : String(error) };
  }
}

export function NetworkView({ store, engines }: PageProps<typeof networkFields>) {
  const tasks = useMemo(
    () => ({
      plan: createTask<NetworkOperations, "network.plan">(engines.medium, "network plan", "network.plan"),
      kernels: createTask<NetworkOperations, "network.kernels">(
        engines.long,
        "network kernels",
        "network.kernels",
        "cancel",
      ),
    }),
    [engines],
  );
  const state = store.state.value;
  const { spec, side, samples } = state;
  const { value, error } = useMemo(() => read(spec, side), [spec, side]);
  // while a text is typed the last network that could be read stays on the page
  const last = useRef<Read | null>(null);
  if (value !== null) last.current = value;
  const shown = last.current;
  useRequest(tasks.plan, value === null ? null : { spec, side, samples });
  useRequest(tasks.kernels, value === null ? null : { spec, side, samples, ...mnistAddress() });
  const kernels = tasks.kernels.state.value;
  const current = kernels.value !== null && !kernels.running ? kernels.value : null;
  return (
    <div class="page network-page">
      <div class="page-head">
        <h1>Network</h1>
        <p class="lead">
          An architecture read as its infinitely wide limit: which images it finds alike, how fast it can
          learn, and how unevenly.
        </p>
        <CopyAs items={copyItems(state, value?.network ?? null, () => tasks.kernels.state.value.value)} />
      </div>
      <Settings store={store} network={shown?.network ?? null} shapes={shown?.shapes ?? []} error={error} />
      <div class="network-content">
        {shown !== null && (
          <Summary
            network={shown.network}
            shapes={shown.shapes}
            plan={tasks.plan.state.value}
            milliseconds={current?.milliseconds ?? null}
          />
        )}
        <KernelFigure
          engine={engines.medium}
          task={tasks.kernels}
          state={state}
          change={(patch) => store.change(patch)}
        />
        <SpectrumFigure task={tasks.kernels} />
      </div>
    </div>
  );
}
