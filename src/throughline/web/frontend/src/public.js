// Pages for people who are not signed in: the same looks, none of the shell's behaviour.
import "../styles/main.css";
import { announceHeight } from "./behaviours/embedded.js";
import { bindForms } from "./behaviours/forms.js";
import { bindPreferences } from "./behaviours/preferences.js";

bindPreferences(document);
bindForms(document);
announceHeight(window);
