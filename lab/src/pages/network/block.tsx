/**
 * A layer as a block, and layers in order as a list of blocks, inside each other as the layers are.
 * @module
 */
import { describeLayer, type Layer, type LayerShape, layerDescriptions } from "foretrain";
import { useId } from "preact/hooks";
import { plainMath } from "../../controls/math-symbols.js";
import { MathText } from "../../controls/math-text.js";
import { BlockFields, rowsOf } from "./block-fields.js";
import { Add, KindChoice } from "./kind-choice.js";
import { AROUND_KINDS, around, contentsOf, leadsInto, type Part, partsOf, withPart } from "./layer-edits.js";
import type { Direction } from "./moves.js";
import type { Problem } from "./spec.js";

/** What all blocks of a network share. */
export interface Editor {
  /** by path, as far as they are known */
  readonly shapeAt: ReadonlyMap<string, LayerShape>;
  readonly problem: Problem | null;
  isOpen(path: string): boolean;
  toggle(path: string): void;
  /** what follows the change that is made next: a text for screen readers, what has the focus, which block opens */
  follow(after: { readonly say: string; readonly focus: string; readonly open?: string }): void;
  /** moves a block as its keys say, out of lists and into others, or says why not */
  move(path: string, direction: Direction): void;
}

/** Keys of a block that has the focus. */
const MOVES: Readonly<Record<string, Direction>> = {
  "Alt+ArrowUp": "up",
  "Alt+ArrowDown": "down",
  "Alt+ArrowRight": "in",
  "Alt+ArrowLeft": "out",
};

export const shapeText = (shape: readonly number[]) => shape.join(" × ");

export const nameAt = (path: string) => `[data-path="${path}"] .block-name`;

export function textOf(layer: Layer): string {
  try {
    return describeLayer(layer);
  } catch {
    return layer.kind; // a value of it is wrong, which is said below
  }
}

interface PartListProps {
  readonly layer: Layer;
  readonly label: string;
  readonly path: string;
  readonly part: Part;
  readonly editor: Editor;
  readonly put: (...layers: readonly Layer[]) => void;
  /** the place of the layer itself, and the list that it is in */
  readonly position: number;
  readonly parent: string;
}

/** One list of layers inside a block, with its name and the way to add to it. */
function PartList({ layer, label, path, part, editor, put, position, parent }: PartListProps) {
  const { name, layers, mayBeEmpty } = part;
  const list = `${path}.${part.path}`;
  const change = (next: readonly Layer[]) => put(withPart(layer, part, next));
  const ofLayer = name === "" ? label : `${name} of ${label}`;
  const shape = editor.shapeAt.get(path);
  const ends =
    layers.length === 0 ? shape?.input : editor.shapeAt.get(`${list}[${layers.length - 1}]`)?.output;
  // what is merged needs equal shapes
  const width = layer.kind === "residual" || layer.kind === "parallel" ? shape?.output.at(-1) : ends?.at(-1);
  return (
    <div class="block-part">
      {name !== "" && (
        <p class="part-name">
          {name}
          {layers.length === 0 && <span>: identity</span>}
          {layer.kind === "parallel" && layer.branches.length > 2 && (
            <button
              type="button"
              class="quiet"
              aria-label={`${ofLayer}: take out`}
              onClick={() => {
                editor.follow({ say: `${name} taken out`, focus: nameAt(path) });
                put({ ...layer, branches: layer.branches.filter((_, i) => part.path !== `branches[${i}]`) });
              }}
            >
              ×
            </button>
          )}
        </p>
      )}
      {layers.length > 0 && (
        <LayerList
          list={list}
          label={ofLayer}
          layers={layers}
          mayBeEmpty={mayBeEmpty}
          editor={editor}
          change={change}
          moveOut={(at) => {
            const target = `${parent}[${position + 1}]`;
            editor.follow({ say: `moved out of ${label}`, focus: nameAt(target) });
            put(withPart(layer, part, layers.toSpliced(at, 1)), layers[at]!);
          }}
        />
      )}
      <Add
        list={list}
        label={`add a layer to ${ofLayer}`}
        add={(make, kind) => {
          const target = `${list}[${layers.length}]`;
          editor.follow({ say: `${kind} added to ${ofLayer}`, focus: nameAt(target), open: target });
          change([...layers, make(ends ?? null, width)]);
        }}
      />
    </div>
  );
}

interface BlockProps {
  readonly layer: Layer;
  readonly list: string;
  readonly position: number;
  readonly count: number;
  readonly editor: Editor;
  /** other layers in its place */
  readonly put: (...layers: readonly Layer[]) => void;
  readonly move: (by: number) => void;
  /** null: a layer must stay */
  readonly remove: (() => void) | null;
  /** null: it is in no other layer, or must stay there */
  readonly moveOut: (() => void) | null;
}

function Block({ layer, list, position, count, editor, put, move, remove, moveOut }: BlockProps) {
  const errorId = useId();
  const path = `${list}[${position}]`;
  const parts = partsOf(layer);
  const { meaning } = layerDescriptions.find((row) => row.kind === layer.kind)!;
  const text = textOf(layer);
  const label = plainMath(text);
  const open = editor.isOpen(path);
  const shape = editor.shapeAt.get(path);
  const { problem } = editor;
  const wrongAt = problem?.path ?? null;
  const isWrong =
    wrongAt !== null &&
    leadsInto(wrongAt, path) &&
    !parts.some((part) => part.layers.some((_, i) => leadsInto(wrongAt, `${path}.${part.path}[${i}]`)));
  const [message = "", ...quoted] = isWrong ? problem!.message.split("\n") : [];
  const contents = contentsOf(layer);
  const tools = [
    { id: "up", sign: "↑", does: "up", enabled: position > 0, act: () => move(-1) },
    { id: "down", sign: "↓", does: "down", enabled: position < count - 1, act: () => move(1) },
    { id: "out", sign: "×", does: "take out", enabled: remove !== null, act: () => remove?.() },
  ];
  return (
    <li class="block" data-kind={layer.kind} data-path={path} data-wrong={isWrong}>
      <div class="block-head">
        <button
          type="button"
          class="block-name"
          aria-expanded={open}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? errorId : undefined}
          aria-keyshortcuts={`${Object.keys(MOVES).join(" ")} Delete`}
          title={plainMath(meaning)}
          onClick={() => editor.toggle(path)}
          onKeyDown={(event) => {
            const direction = MOVES[`${event.altKey ? "Alt+" : ""}${event.key}`];
            const takesOut = event.key === "Delete" && !event.altKey;
            if (direction === undefined && !takesOut) return;
            event.preventDefault();
            if (direction !== undefined) editor.move(path, direction);
            else remove?.();
          }}
        >
          <MathText text={text} />
        </button>
        <span class="block-shape">{shape === undefined ? "" : shapeText(shape.output)}</span>
        <span class="block-tools">
          {tools.map(({ id, sign, does, enabled, act }) => (
            <button
              key={id}
              type="button"
              class="quiet"
              data-tool={id}
              disabled={!enabled}
              aria-label={`${label}: ${does}`}
              onClick={act}
            >
              {sign}
            </button>
          ))}
        </span>
      </div>
      {open && (
        <div class="block-fields">
          <BlockFields layer={layer} path={path} wrongAt={wrongAt} errorId={errorId} put={put} />
          {rowsOf(layer).length === 0 && <p class="hint">{meaning}</p>}
          <div class="block-actions">
            <KindChoice
              first="put inside …"
              label={`${label}: put inside`}
              groups={{ "": AROUND_KINDS }}
              choose={(kind) => {
                editor.follow({ say: `${label} put inside ${kind}`, focus: nameAt(path) });
                put(around(kind, [layer]));
              }}
            />
            {moveOut !== null && (
              <button type="button" class="link" aria-label={`${label}: move out`} onClick={moveOut}>
                move out
              </button>
            )}
            {contents !== null && (
              <button
                type="button"
                class="link"
                aria-label={`${label}: take apart`}
                title="Its layers stand in its place."
                onClick={() => {
                  editor.follow({ say: `${label} taken apart`, focus: nameAt(path) });
                  put(...contents);
                }}
              >
                take apart
              </button>
            )}
          </div>
        </div>
      )}
      {isWrong && (
        <div class="error block-error" id={errorId}>
          <p>{message}</p>
          {quoted.length > 0 && <pre>{quoted.join("\n")}</pre>}
        </div>
      )}
      {parts.map((part) => (
        <PartList
          key={part.path}
          layer={layer}
          label={label}
          path={path}
          part={part}
          editor={editor}
          put={put}
          position={position}
          parent={list}
        />
      ))}
      {layer.kind === "parallel" && (
        <button
          type="button"
          class="link add-branch"
          aria-label={`${label}: add a branch`}
          onClick={() => {
            editor.follow({
              say: `branch ${layer.branches.length + 1} added to ${label}`,
              focus: `[data-list="${path}.branches[${layer.branches.length}]"]`,
            });
            put({ ...layer, branches: [...layer.branches, []] });
          }}
        >
          add a branch
        </button>
      )}
    </li>
  );
}

export interface LayerListProps {
  /** path of the list: `layers`, `layers[2].shortcut` */
  readonly list: string;
  /** for screen readers */
  readonly label: string;
  readonly layers: readonly Layer[];
  readonly mayBeEmpty: boolean;
  readonly editor: Editor;
  readonly change: (layers: readonly Layer[]) => void;
  /** the layer at a place stands behind the one that the list is in */
  readonly moveOut?: (at: number) => void;
}

/** Layers in order; those inside others are lists of their own. */
export function LayerList({ list, label, layers, mayBeEmpty, editor, change, moveOut }: LayerListProps) {
  const replaced = (at: number, ...by: readonly Layer[]) => layers.toSpliced(at, 1, ...by);
  const mayGo = mayBeEmpty || layers.length > 1;
  return (
    <ol aria-label={label}>
      {layers.map((layer, i) => (
        <Block
          key={i}
          layer={layer}
          list={list}
          position={i}
          count={layers.length}
          editor={editor}
          put={(...next) => change(replaced(i, ...next))}
          move={(by) => {
            editor.follow({
              say: `${plainMath(textOf(layer))} is ${i + by + 1} of ${layers.length}`,
              focus: nameAt(`${list}[${i + by}]`),
            });
            change(replaced(i).toSpliced(i + by, 0, layer));
          }}
          remove={
            mayGo
              ? () => {
                  const left = layers.length - 1;
                  editor.follow({
                    say: `${plainMath(textOf(layer))} taken out`,
                    focus: left === 0 ? `[data-list="${list}"]` : nameAt(`${list}[${Math.min(i, left - 1)}]`),
                  });
                  change(replaced(i));
                }
              : null
          }
          moveOut={moveOut !== undefined && mayGo ? () => moveOut(i) : null}
        />
      ))}
    </ol>
  );
}
