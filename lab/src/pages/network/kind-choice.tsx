/**
 * Choices of a kind of layer, which make or surround one.
 * @module
 */
import type { Layer, LayerKind } from "foretrain";
import { AROUND_KINDS, newBlock, PLAIN_KINDS } from "./layer-edits.js";

interface KindChoiceProps {
  /** what the list says before a kind is chosen, and again after it */
  readonly first: string;
  readonly label: string;
  /** kinds under the name of their group; an empty name: without one */
  readonly groups: Readonly<Record<string, readonly LayerKind[]>>;
  readonly choose: (kind: LayerKind) => void;
  readonly class?: string;
  readonly list?: string;
}

/** A list of kinds of layers of which one does something. */
export function KindChoice({ first, label, groups, choose, class: name, list }: KindChoiceProps) {
  return (
    <select
      aria-label={label}
      class={name}
      data-list={list}
      value=""
      onChange={(event) => {
        const { value } = event.currentTarget;
        event.currentTarget.value = "";
        const kind = Object.values(groups)
          .flat()
          .find((known) => known === value);
        if (kind !== undefined) choose(kind);
      }}
    >
      <option value="">{first}</option>
      {Object.entries(groups).map(([group, kinds]) => {
        const options = kinds.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ));
        return group === "" ? (
          options
        ) : (
          <optgroup key={group} label={group}>
            {options}
          </optgroup>
        );
      })}
    </select>
  );
}

export interface AddProps {
  readonly list: string;
  readonly label: string;
  /** `make`: the new layer, where its input has this shape; `width`: as wide as this */
  readonly add: (make: (input: readonly number[] | null, width?: number) => Layer, kind: LayerKind) => void;
}

const KINDS = { layers: PLAIN_KINDS, "around other layers": AROUND_KINDS };

/** The choice of a kind for a new layer. */
export function Add({ list, label, add }: AddProps) {
  return (
    <KindChoice
      first="add a layer …"
      label={label}
      groups={KINDS}
      class="add-block"
      list={list}
      choose={(kind) => add((input, width) => newBlock(kind, input, width), kind)}
    />
  );
}
