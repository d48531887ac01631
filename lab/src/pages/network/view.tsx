/**
 * The page Network: architecture, sample, kernels and their spectrum.
 * @module
 */
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
import { problemOf, type Reading, readText } from "./spec.js";
import { SpectrumFigure } from "./spectrum-figure.js";
import { Summary } from "./summary.js";
import "./network.css";

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
  const reading = useMemo(() => readText(spec, side), [spec, side]);
  const { network } = reading;
  // while a text is typed, the last that could be read stays on the page
  const last = useRef<{ whole: Reading; blocks: Reading } | null>(null);
  if (reading.blocks !== null) {
    last.current = {
      whole: network === null ? (last.current?.whole ?? reading) : reading,
      blocks: reading,
    };
  }
  const { whole, blocks } = last.current ?? { whole: reading, blocks: reading };
  useRequest(tasks.plan, network === null ? null : { spec, side, samples });
  useRequest(tasks.kernels, network === null ? null : { spec, side, samples, ...mnistAddress() });
  const kernels = tasks.kernels.state.value;
  const refused = network === null ? null : tasks.plan.state.value.error;
  const refusal = refused === null ? null : problemOf(refused.message);
  const current = kernels.value !== null && !kernels.running ? kernels.value : null;
  return (
    <div class="page network-page">
      <div class="page-head">
        <h1>Network</h1>
        <p class="lead">
          An architecture read as its infinitely wide limit: which images it finds alike, how fast it can
          learn, and how unevenly.
        </p>
        <CopyAs items={copyItems(state, network, () => tasks.kernels.state.value.value)} />
      </div>
      <Settings
        store={store}
        network={blocks.blocks}
        shapes={blocks.shapes}
        problem={reading.problem}
        refusal={refusal}
      />
      <div class="network-content">
        {whole.network !== null && (
          <Summary
            network={whole.network}
            shapes={whole.shapes}
            plan={tasks.plan.state.value}
            milliseconds={current?.milliseconds ?? null}
          />
        )}
        <KernelFigure
          engine={engines.medium}
          task={tasks.kernels}
          state={state}
          change={(patch, gesture) => store.change(patch, gesture)}
        />
        <SpectrumFigure task={tasks.kernels} />
      </div>
    </div>
  );
}
