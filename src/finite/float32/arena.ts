/**
 * Arrays that live for a part of a training step share memory: each gets a place that no other one uses at the same time.
 * @module
 */
import { align } from "./training-memory.js";

/** An array of float32 in the memory. Times are numbers of steps: `from` it is written, until `to` it is read. */
export interface Block {
  readonly floats: number;
  readonly from: number;
  to: number;
  /** known when all blocks are placed */
  address: number;
}

export function newBlock(floats: number, time: number): Block {
  return { floats, from: time, to: time, address: 0 };
}

const bytesOf = ({ floats }: Block) => align(4 * floats);

/**
 * Gives every block an address, counted from 0: the largest first, each at the lowest place that is free during its life.
 * Returns the bytes that all need together.
 */
export function placeBlocks(blocks: readonly Block[]): number {
  const placed: Block[] = [];
  let end = 0;
  for (const block of [...blocks].sort((a, b) => b.floats - a.floats || a.from - b.from)) {
    const size = bytesOf(block);
    let at = 0;
    // those that live at the same time, from the lowest address up
    for (const other of placed) {
      if (other.to < block.from || block.to < other.from) continue;
      if (other.address >= at + size) break;
      at = Math.max(at, other.address + bytesOf(other));
    }
    block.address = at;
    end = Math.max(end, at + size);
    let slot = placed.findIndex(({ address }) => address > at);
    if (slot < 0) slot = placed.length;
    placed.splice(slot, 0, block);
  }
  return end;
}
