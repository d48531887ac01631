/**
 * Dense and convolutional layers: products of patches and weights. Patches of convolutions are made for some rows at a time, so
 * that they stay in cache, and made again by the backward pass.
 * @module
 */
import type { Site } from "../../operation.js";
import type { Windows } from "../../windows.js";
import type { Block } from "../arena.js";
import type { Back, Builder, Constant } from "../builder.js";

const FLOAT = 4;
/** Numbers of the patches that are made at a time. */
const TILE_NUMBERS = 98_304; // 384 KiB: half of a second-level cache

/** Whether the patches of the windows are the input itself, in its order. */
function isPlain({ inputs, outputs, size, taps }: Windows): boolean {
  return outputs * size === inputs && taps.every((place, t) => place === t);
}

/** Rows of patches at a time: blocks of 256 rows, over which products sum anyway, or a part of one. */
function tileRows(fanIn: number): number {
  const rows = Math.floor(TILE_NUMBERS / fanIn);
  if (rows >= 256) return Math.min(1024, rows - (rows % 256));
  return Math.max(32, rows - (rows % 32));
}

/** y = multiplier patches W + bias multiplier b at every position. */
export function emitAffine(b: Builder, site: Site, from: number, to: number): Back | null {
  const x = b.read(from);
  const y = b.write(to);
  const windows = site.windows === null || isPlain(site.windows) ? null : site.windows;
  const taps = windows === null ? null : b.constant(windows.taps);
  const patches = windows === null ? null : b.block(tileRows(site.fanIn) * site.fanIn);
  emitBias(b, site, y);
  const { machine } = b;
  const { weight, fanIn, channels, positions } = site;
  const row = channels * FLOAT;
  const product = (rows: number, left: number, out: number) => {
    const { parameters } = machine;
    const w = parameters + weight.offset * FLOAT;
    machine.product(
      rows,
      channels,
      fanIn,
      weight.multiplier,
      left,
      fanIn * FLOAT,
      FLOAT,
      w,
      row,
      FLOAT,
      out,
      row,
    );
  };
  if (windows === null || taps === null || patches === null) {
    b.forward.push((samples) => product(samples * positions, x.address, y.address));
  } else {
    const tiles = tilesOf(b, site, windows, taps, x, patches);
    b.forward.push((samples) =>
      tiles(samples, (first, rows) => product(rows, patches.address, y.address + first * row)),
    );
  }
  if (!b.varies(to)) return null;
  b.keep(x);
  return (dy) => emitBack(b, site, windows, taps, from, x, dy);
}

function emitBias({ forward, machine }: Builder, { bias, channels, positions }: Site, y: Block): void {
  forward.push((samples) => {
    const { exports, parameters } = machine;
    const rows = samples * positions;
    if (bias === null) exports.clear(rows * channels, y.address);
    else exports.fillRows(rows, channels, bias.multiplier, parameters + bias.offset * FLOAT, y.address);
  });
}

/** Makes patches tile by tile and calls `visit` with the rows that are at hand. */
function tilesOf(
  { machine }: Builder,
  { fanIn, channelsIn }: Site,
  { inputs, outputs, size }: Windows,
  taps: Constant,
  x: Block,
  patches: Block,
): (samples: number, visit: (first: number, rows: number) => void) => void {
  const most = tileRows(fanIn);
  return (samples, visit) => {
    const { exports } = machine;
    const all = samples * outputs;
    for (let first = 0; first < all; first += most) {
      const rows = Math.min(most, all - first);
      exports.gather(
        first,
        rows,
        inputs,
        outputs,
        size,
        channelsIn,
        taps.address,
        x.address,
        patches.address,
      );
      visit(first, rows);
    }
  };
}

function emitBack(
  b: Builder,
  site: Site,
  windows: Windows | null,
  taps: Constant | null,
  from: number,
  x: Block,
  dy: Block,
): void {
  const { backward, machine } = b;
  const { weight, bias, fanIn, channels, channelsIn, positions } = site;
  const row = channels * FLOAT;
  const { multiplier } = weight;
  if (bias !== null) {
    backward.push((samples) => {
      const to = machine.gradient + bias.offset * FLOAT;
      machine.exports.columnSums(samples * positions, channels, bias.multiplier, dy.address, to);
    });
  }
  /** gradient of the weights += multiplier left^T dy */
  const weightGradient = (rows: number, left: number, right: number) => {
    const { gradient } = machine;
    const g = gradient + weight.offset * FLOAT;
    machine.product(fanIn, channels, rows, multiplier, left, FLOAT, fanIn * FLOAT, right, row, FLOAT, g, row);
  };
  /** out [rows, fan-in] += multiplier dy W^T */
  const inputGradient = (rows: number, left: number, out: number) => {
    const { parameters } = machine;
    const w = parameters + weight.offset * FLOAT;
    machine.product(rows, fanIn, channels, multiplier, left, row, FLOAT, w, FLOAT, row, out, fanIn * FLOAT);
  };
  const back = b.varies(from) ? b.cotangent(from) : null;
  if (back?.fresh) {
    const size = b.sizeOf(from);
    backward.push((samples) => machine.exports.clear(samples * size, back.block.address));
  }
  if (windows === null || taps === null) {
    backward.push((samples) => {
      weightGradient(samples * positions, x.address, dy.address);
      if (back !== null) inputGradient(samples * positions, dy.address, back.block.address);
    });
    return;
  }
  const patches = b.block(tileRows(fanIn) * fanIn);
  const tiles = tilesOf(b, site, windows, taps, x, patches);
  const { inputs, outputs, size } = windows;
  backward.push((samples) =>
    tiles(samples, (first, rows) => {
      const cotangent = dy.address + first * row;
      weightGradient(rows, patches.address, cotangent);
      if (back === null) return;
      // the patches have been read: their cotangents take their place
      const { exports } = machine;
      exports.clear(rows * fanIn, patches.address);
      inputGradient(rows, cotangent, patches.address);
      exports.scatter(
        first,
        rows,
        inputs,
        outputs,
        size,
        channelsIn,
        taps.address,
        patches.address,
        back.block.address,
      );
    }),
  );
}
