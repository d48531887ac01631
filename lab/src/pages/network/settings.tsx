/**
 * The architecture and the sample of the page Network.
 * @module
 */

import { useSignal } from "@preact/signals";
import { describePresets, type LayerShape, type Network } from "foretrain";
import { SegmentControl } from "../../controls/choice-control.js";
import { FileChoice } from "../../controls/file-choice.js";
import { useFileDrop } from "../../controls/file-drop.js";
import { NumberControl } from "../../controls/number-control.js";
import { TextControl } from "../../controls/text-control.js";
import { tooLong } from "../../state/field.js";
import type { Store } from "../../state/store.js";
import { Blocks } from "./blocks.js";
import { type NetworkState, networkFields } from "./fields.js";
import { networkFile } from "./network-file.js";
import { networkText, type Problem } from "./spec.js";

export interface SettingsProps {
  readonly store: Store<NetworkState>;
  /** the latest that blocks could be made of; null: none yet */
  readonly network: Network | null;
  /** as far as they are known */
  readonly shapes: readonly LayerShape[];
  /** what is wrong with the text; null: nothing */
  readonly problem: Problem | null;
  /** why a network that can be read has no kernel; null: it has */
  readonly refusal: Problem | null;
}

const presets = describePresets();

export function Settings({ store, network, shapes, problem, refusal }: SettingsProps) {
  const state = store.state.value;
  const over = useSignal(false);
  /** what was not taken from a file or a block, while the network is still the one before it */
  const refused = useSignal<{ readonly message: string; readonly kept: string } | null>(null);
  const refuse = (message: string) => {
    refused.value = { message, kept: store.state.peek().spec };
  };
  const setSpec = (spec: string, gesture?: string) => {
    const long = tooLong(networkFields.spec, spec);
    refused.value = null;
    if (long === null) store.change({ spec }, gesture);
    else refuse(long);
  };
  const open = (files: FileList) => {
    networkFile([...files]).then(setSpec, (error: unknown) =>
      refuse(error instanceof Error ? error.message : String(error)),
    );
  };
  useFileDrop(
    ({ files }) => open(files),
    (inside) => {
      over.value = inside;
    },
  );
  const isPreset = state.spec.trim().startsWith("preset:");
  return (
    <section class={`settings card ${over.value ? "over" : ""}`} aria-label="settings">
      <div class="control">
        <label for="preset">start from a preset</label>
        <select
          id="preset"
          value={isPreset ? (state.spec.trim().slice(7).split("?")[0] ?? "") : ""}
          onChange={(event) => {
            if (event.currentTarget.value !== "") setSpec(`preset:${event.currentTarget.value}`);
          }}
        >
          <option value="">own network</option>
          {presets.map(({ name, meaning }) => (
            <option key={name} value={name} title={meaning}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="network-file">
        <FileChoice label="open a JSON file" accept=".json,application/json" take={open} />
        <span class="hint">or drop one on the page</span>
        {refused.value?.kept === state.spec && (
          <p class="error" role="alert">
            {refused.value.message}
          </p>
        )}
      </div>
      {network !== null && (
        <Blocks
          network={network}
          shapes={shapes}
          problem={problem ?? refusal}
          change={(layers) => setSpec(networkText({ ...network, layers }))}
        />
      )}
      <TextControl
        field={networkFields.spec}
        value={state.spec}
        change={setSpec}
        // where a block says all, a line is enough here
        error={(problem?.path == null ? problem?.message : problem.message.split("\n")[0]) ?? null}
        label={isPreset ? "as text" : "as JSON"}
        lines={isPreset ? 3 : 12}
        hint={
          isPreset && network !== null ? (
            <button type="button" class="link" onClick={() => setSpec(networkText(network))}>
              write it out as JSON
            </button>
          ) : undefined
        }
      />
      <h3>The sample: MNIST</h3>
      <NumberControl
        field={networkFields.samples}
        value={state.samples}
        change={(samples, gesture) => store.change({ samples }, gesture)}
      />
      <SegmentControl
        field={networkFields.side}
        value={state.side}
        change={(side) => store.change({ side })}
        name={(side) => `${side} × ${side}`}
        label="image size"
      />
      <p class="hint">Means over squares, each image scaled to mean square 1.</p>
    </section>
  );
}
