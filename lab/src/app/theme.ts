/**
 * Light and dark: what the system prefers, unless the user chooses.
 * @module
 */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { darkTheme, lightTheme, themeProperties } from "foretrain";

export type ThemeChoice = "auto" | "light" | "dark";

const KEY = "foretrain-lab-theme";

export interface Theme {
  readonly choice: ReadonlySignal<ThemeChoice>;
  readonly shown: ReadonlySignal<"light" | "dark">;
  choose(choice: ThemeChoice): void;
}

export const readThemeChoice = (text: string | null): ThemeChoice | null =>
  text === "auto" || text === "light" || text === "dark" ? text : null;

function remembered(): ThemeChoice | null {
  try {
    return readThemeChoice(localStorage.getItem(KEY));
  } catch {
    // storage may be forbidden
    return null;
  }
}

/** The colours of figures, for both themes. */
function addFigureColours(): void {
  const style = document.createElement("style");
  style.textContent = `:root{${themeProperties(lightTheme)}}:root[data-theme="dark"]{${themeProperties(darkTheme)}}`;
  document.head.append(style);
}

export function createTheme(fromAddress: ThemeChoice | null): Theme {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const systemDark = signal(dark.matches);
  dark.addEventListener("change", () => {
    systemDark.value = dark.matches;
  });
  const choice = signal<ThemeChoice>(fromAddress ?? remembered() ?? "auto");
  const shown = computed(() =>
    choice.value === "auto" ? (systemDark.value ? "dark" : "light") : choice.value,
  );
  addFigureColours();
  const apply = () => {
    document.documentElement.dataset["theme"] = shown.value;
  };
  apply();
  shown.subscribe(apply);
  return {
    choice,
    shown,
    choose(next) {
      choice.value = next;
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // only for this visit then
      }
    },
  };
}
