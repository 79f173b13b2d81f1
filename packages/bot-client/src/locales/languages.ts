import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import type { Language, Messages } from './messages.ts';

export const MESSAGES: Readonly<Record<Language, Messages>> = { en, de, fr, es };

/** Which Discord locales each language besides the default serves. @see https://discord.com/developers/docs/reference#locales */
export const DISCORD_LOCALES = {
  de: ['de'],
  fr: ['fr'],
  es: ['es-ES', 'es-419'],
} as const satisfies Partial<Record<Language, readonly string[]>>;

/** @param locale - As Discord sends it (`de`, `en-GB`, `es-419`); anything unknown reads English. */
export function messagesFor(locale: string | null | undefined): Messages {
  const language = locale?.split('-', 1)[0];
  return isLanguage(language) ? MESSAGES[language] : en;
}

function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(MESSAGES, text);
}
