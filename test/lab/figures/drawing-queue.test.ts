import { describe, expect, test } from "vitest";
import { createDrawingQueue } from "../../../lab/src/figures/drawing-queue.js";

/** A queue whose tasks run when they are told to, and what it drew. */
function made() {
  const tasks: (() => void)[] = [];
  const drawn: string[] = [];
  const queue = createDrawingQueue((then) => tasks.push(then));
  const draw = (name: string) => () => {
    drawn.push(name);
  };
  /** the tasks that wait now, one after the other; what each drew */
  const run = () =>
    tasks.splice(0).map((task) => {
      drawn.length = 0;
      task();
      return drawn.join(" ");
    });
  return { queue, drawn, draw, run };
}

describe("drawings of a page", () => {
  test("the first of a task is made at once, each of the others in a task of its own", () => {
    const { queue, drawn, draw, run } = made();
    const owners = ["a", "b", "c"].map((name) => ({ name }));
    for (const owner of owners) queue.ask(owner, draw(owner.name));
    expect(drawn).toEqual(["a"]);
    expect([run(), run(), run(), run()]).toEqual([["b"], ["c"], [""], []]);
    queue.ask(owners[1]!, draw("again"));
    expect(drawn).toEqual(["again"]);
  });

  test("of one owner only the latest waits, in its place; none once it is gone", () => {
    const { queue, draw, run } = made();
    const [a, b, c, d] = [{}, {}, {}, {}];
    queue.ask(a, draw("a"));
    queue.ask(b, draw("b"));
    queue.ask(c, draw("c"));
    queue.ask(d, draw("d"));
    queue.ask(b, draw("b, later"));
    queue.forget(c);
    expect([run(), run(), run()]).toEqual([["b, later"], ["d"], [""]]);
  });

  test("a drawing that fails keeps none of the others from being made", () => {
    const { queue, draw, run } = made();
    queue.ask({}, draw("a"));
    queue.ask({}, () => {
      throw new Error("no such figure");
    });
    queue.ask({}, draw("c"));
    expect(run).toThrow("no such figure");
    expect(run()).toEqual(["c"]);
  });
});
