/**
 * Blocks moved by keys: along their list, across its ends, into the block beside them, and out of the one around them.
 * @module
 */
import type { Layer } from "foretrain";
import { type Part, partsOf, pathsOf, withPart } from "./layer-edits.js";

/** `up` and `down` go along the list and on across its ends; `in` into the block beside; `out` behind the block around. */
export type Direction = "up" | "down" | "in" | "out";

/** A place in a list: `layers[2].branches[1]`, 0. */
interface Place {
  readonly list: string;
  readonly at: number;
}

/** The layers after a move, and where the moved one is. */
export interface Moved {
  readonly layers: readonly Layer[];
  readonly path: string;
  /** its place in its list, from 1, and how many are there */
  readonly position: number;
  readonly count: number;
  /** the list that it is in now, where that is another one; null: the outermost */
  readonly into: { readonly layer: Layer; readonly part: string } | null | undefined;
}

function placeOf(path: string): Place {
  const [, list = "", at = ""] = /^(.*)\[(\d+)\]$/.exec(path) ?? [];
  return { list, at: Number(at) };
}

interface Around {
  readonly path: string;
  readonly layer: Layer;
  readonly parts: readonly Part[];
  /** which of its lists it is */
  readonly index: number;
}

/** The block around a list; null: there is none. */
function aroundList(layers: readonly Layer[], list: string): Around | null {
  const dot = list.lastIndexOf(".");
  if (dot < 0) return null;
  const path = list.slice(0, dot);
  const layer = pathsOf(layers).find(([known]) => known === path)?.[1];
  if (layer === undefined) return null;
  const parts = partsOf(layer);
  return { path, layer, parts, index: parts.findIndex((part) => part.path === list.slice(dot + 1)) };
}

/** The layers with every list that `edit` changes; lists are named as they were before. */
function edited(
  layers: readonly Layer[],
  list: string,
  edit: (layers: readonly Layer[], list: string) => readonly Layer[],
): readonly Layer[] {
  const inside = layers.map((layer, i) =>
    partsOf(layer).reduce((changed, part) => {
      const next = edited(part.layers, `${list}[${i}].${part.path}`, edit);
      return next === part.layers ? changed : withPart(changed, part, next);
    }, layer),
  );
  return edit(inside.every((layer, i) => layer === layers[i]) ? layers : inside, list);
}

/** Where a move leads, counted before the layer leaves its place; a text: why it leads nowhere. */
function target(
  own: readonly Layer[],
  { list, at }: Place,
  around: Around | null,
  direction: Direction,
): Place | string {
  if (direction === "in") {
    for (const i of [at + 1, at - 1]) {
      const parts = own[i] === undefined ? [] : partsOf(own[i]);
      if (parts.length === 0) continue;
      const part = i > at ? parts[0]! : parts.at(-1)!;
      return { list: `${list}[${i}].${part.path}`, at: i > at ? 0 : part.layers.length };
    }
    return "no block beside it has layers inside";
  }
  if (direction === "up" && at > 0) return { list, at: at - 1 };
  if (direction === "down" && at < own.length - 1) return { list, at: at + 2 };
  if (around === null) {
    return direction === "out"
      ? "it is inside no other block"
      : `it is the ${direction === "up" ? "first" : "last"} block`;
  }
  const place = placeOf(around.path);
  const next = direction === "out" ? undefined : around.parts[around.index + (direction === "up" ? -1 : 1)];
  if (next !== undefined) {
    return { list: `${around.path}.${next.path}`, at: direction === "up" ? next.layers.length : 0 };
  }
  return { list: place.list, at: direction === "up" ? place.at : place.at + 1 };
}

/** Moves the layer at `path`; a text: why it cannot go there. */
export function moved(layers: readonly Layer[], path: string, direction: Direction): Moved | string {
  const from = placeOf(path);
  const around = aroundList(layers, from.list);
  const part = around === null ? null : around.parts[around.index]!;
  const own = part === null ? layers : part.layers;
  const layer = own[from.at];
  if (layer === undefined) return `there is no block ${path}`;
  const to = target(own, from, around, direction);
  if (typeof to === "string") return to;
  const leaves = to.list !== from.list;
  if (leaves && own.length === 1 && !(part?.mayBeEmpty ?? false)) {
    return "it is the only one in its list, where a layer must stay";
  }
  // a copy: layers of a preset may be one object in several places
  const copy = { ...layer };
  const next = edited(layers, "layers", (list, name) => {
    const put = name === to.list ? list.toSpliced(to.at, 0, copy) : list;
    return name === from.list
      ? put.toSpliced(name === to.list && to.at <= from.at ? from.at + 1 : from.at, 1)
      : put;
  });
  const after = pathsOf(next).find(([, other]) => other === copy)![0];
  const place = placeOf(after);
  const now = aroundList(next, place.list);
  const list = now === null ? next : now.parts[now.index]!.layers;
  return {
    layers: next,
    path: after,
    position: place.at + 1,
    count: list.length,
    into: leaves ? (now === null ? null : { layer: now.layer, part: now.parts[now.index]!.name }) : undefined,
  };
}
