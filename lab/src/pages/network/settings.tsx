/**
 * The architecture and the sample of the page Network.
 * @module
 */
import { describePresets, type LayerShape, type Network } from "foretrain";
import { SegmentControl } from "../../controls/choice-control.js";
import { NumberControl } from "../../controls/number-control.js";
import { TextControl } from "../../controls/text-control.js";
import type { Store } from "../../state/store.js";
import { Blocks } from "./blocks.js";
import { type NetworkState, networkFields } from "./fields.js";
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
  const setSpec = (spec: string, gesture?: string) => store.change({ spec }, gesture);
  const isPreset = state.spec.trim().startsWith("preset:");
  return (
    <section class="settings card" aria-label="settings">
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
