import type { APIActionRowComponent, APIButtonComponent, APIEmbed } from 'discord.js';

/** A message as plain data: what Discord receives, without a client. Every view is a pure function that returns one. */
export interface View {
  /** Our own words only; text from elsewhere stands escaped in an embed. */
  readonly content?: string;
  readonly embeds: APIEmbed[];
  readonly components: APIActionRowComponent<APIButtonComponent>[];
}

/** Discord's limits in characters. @see https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export const EMBED_LIMITS = {
  title: 256,
  fieldName: 256,
  fieldValue: 1_024,
  description: 4_096,
  footer: 2_048,
  author: 256,
  total: 6_000,
  buttonLabel: 80,
  choiceName: 100,
  choiceValue: 100,
} as const;

export const COLOURS = { playing: 0x2f7d5b, paused: 0x8a6d1f, plain: 0x4a5568, failure: 0xa33a3a } as const;
