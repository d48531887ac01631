import { describe, expect, test } from "vitest";
import { numberField, textField } from "../../../lab/src/state/field.js";
import { createStore } from "../../../lab/src/state/store.js";

const table = {
  x: numberField("x", "x", 0, { min: -10, max: 10, step: 1 }),
  name: textField("name", "name", "", 10),
};

function withClock() {
  let time = 0;
  const store = createStore(table, undefined, () => time);
  return {
    store,
    wait(ms: number) {
      time += ms;
    },
  };
}

describe("the store of a page", () => {
  test("undo and redo walk through all changes, and a new change ends redo", () => {
    const { store } = withClock();
    store.change({ x: 1 });
    store.change({ name: "a" });
    store.undo();
    expect(store.state.value).toEqual({ x: 1, name: "" });
    store.undo();
    expect(store.state.value).toEqual({ x: 0, name: "" });
    expect(store.canUndo.value).toBe(false);
    store.redo();
    store.redo();
    expect(store.state.value).toEqual({ x: 1, name: "a" });
    expect(store.canRedo.value).toBe(false);
    store.undo();
    store.change({ x: 5 });
    expect(store.canRedo.value).toBe(false);
  });

  test("a drag is one step back, however many changes it had", () => {
    const { store, wait } = withClock();
    store.change({ x: 1 });
    for (let x = 2; x <= 9; x++) {
      wait(16);
      store.change({ x }, "drag:1");
    }
    store.undo();
    expect(store.state.value.x).toBe(1);
    store.redo();
    expect(store.state.value.x).toBe(9);
  });

  test("another gesture, and the same one after a pause, are steps of their own", () => {
    const { store, wait } = withClock();
    store.change({ x: 1 }, "drag:1");
    store.change({ x: 2 }, "drag:2");
    wait(2000);
    store.change({ x: 3 }, "drag:2");
    store.undo();
    expect(store.state.value.x).toBe(2);
    store.undo();
    expect(store.state.value.x).toBe(1);
    store.undo();
    expect(store.state.value.x).toBe(0);
  });

  test("a change to the value that is there already is no step", () => {
    const { store } = withClock();
    store.change({ x: 0 });
    expect(store.canUndo.value).toBe(false);
  });

  test("reset goes to the defaults and can be undone", () => {
    const { store } = withClock();
    store.change({ x: 4, name: "b" });
    store.reset();
    expect(store.state.value).toEqual({ x: 0, name: "" });
    store.undo();
    expect(store.state.value).toEqual({ x: 4, name: "b" });
  });
});
