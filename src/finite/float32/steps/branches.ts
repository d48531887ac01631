/**
 * Joints of branches: sums, products, concatenations.
 * @module
 */
import { sizeOf } from "../../../numeric/matrix.js";
import type { Step } from "../../step.js";
import type { Block } from "../arena.js";
import type { Back, Builder } from "../builder.js";

export function emitSum(b: Builder, from: readonly number[], to: number): Back | null {
  const { machine } = b;
  const size = b.sizeOf(to);
  const inputs = from.map((value) => b.read(value));
  const y = b.write(to);
  b.forward.push((samples) => {
    const { exports } = machine;
    const n = samples * size;
    inputs.forEach((x, j) => {
      if (j === 0) exports.copyRows(1, n, x.address, 0, y.address, 0);
      else exports.addTo(n, x.address, y.address);
    });
  });
  const varying = from.filter((value) => b.varies(value));
  if (varying.length === 0) return null;
  return (dy) => {
    varying.forEach((value, j) => {
      const alone = varying.every((other, k) => k === j || b.root(other) !== b.root(value));
      // the last branch may have the array itself: all others have read it
      if (j === varying.length - 1 && alone) b.handOver(value, dy);
      else b.add(value, dy);
    });
  };
}

export function emitProduct(b: Builder, from: readonly number[], to: number): Back | null {
  const { machine } = b;
  const size = b.sizeOf(to);
  const inputs = from.map((value) => b.read(value));
  const y = b.write(to);
  b.forward.push((samples) => multiplyAll(samples * size, inputs, y, false));
  if (!b.varies(to)) return null;
  for (const x of inputs) b.keep(x);
  /** to = product of the factors, or to += it; the factors before the last go through `to` or `work` */
  function multiplyAll(n: number, factors: readonly Block[], out: Block, add: boolean, work = out): void {
    const { exports } = machine;
    if (factors.length === 1) {
      if (add) exports.addTo(n, factors[0]!.address, out.address);
      else exports.copyRows(1, n, factors[0]!.address, 0, out.address, 0);
      return;
    }
    let left = factors[0]!;
    factors.slice(1).forEach((right, j) => {
      const last = j === factors.length - 2;
      if (last && add) exports.multiplyAdd(n, left.address, right.address, out.address);
      else exports.multiply(n, left.address, right.address, last ? out.address : work.address);
      left = work;
    });
  }
  return (dy) => {
    from.forEach((value, j) => {
      if (!b.varies(value)) return;
      const factors = [dy, ...inputs.filter((_, k) => k !== j)];
      const { block, fresh } = b.cotangent(value);
      const work = factors.length > 2 ? b.block(b.batch * size) : block;
      b.backward.push((samples) => multiplyAll(samples * size, factors, block, !fresh, work));
    });
  };
}

export function emitConcat(
  b: Builder,
  { shapes, axis }: Extract<Step, { kind: "concat" }>,
  from: readonly number[],
  to: number,
): Back | null {
  const { machine } = b;
  const outer = sizeOf(shapes[0]!.slice(0, axis));
  const widths = shapes.map((shape) => sizeOf(shape.slice(axis)));
  const total = 4 * widths.reduce((sum, width) => sum + width, 0);
  const starts = widths.map((_, j) => 4 * widths.slice(0, j).reduce((sum, width) => sum + width, 0));
  const inputs = from.map((value) => b.read(value));
  const y = b.write(to);
  b.forward.push((samples) =>
    inputs.forEach((x, j) => {
      const width = widths[j]!;
      machine.exports.copyRows(samples * outer, width, x.address, 4 * width, y.address + starts[j]!, total);
    }),
  );
  if (!b.varies(to)) return null;
  return (dy) => {
    from.forEach((value, j) => {
      if (!b.varies(value)) return;
      const { block, fresh } = b.cotangent(value);
      const width = widths[j]!;
      b.backward.push((samples) => {
        const { exports } = machine;
        const move = fresh ? exports.copyRows : exports.addRows;
        move(samples * outer, width, dy.address + starts[j]!, total, block.address, 4 * width);
      });
    });
  };
}
