/**
 * A value once it has stood still.
 * @module
 */
import { useEffect, useState } from "preact/hooks";

/** The latest value that has not changed for some milliseconds: long work does not begin with every move of a slider. null is heard at once. */
export function useSettled<T>(value: T, milliseconds: number): T {
  const key = JSON.stringify(value);
  const [settled, setSettled] = useState({ key, value });
  useEffect(() => {
    if (settled.key === key) return;
    const timer = setTimeout(() => setSettled({ key, value }), value === null ? 0 : milliseconds);
    return () => clearTimeout(timer);
  }, [key, settled.key, milliseconds]);
  return settled.value;
}
