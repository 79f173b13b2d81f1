import type { APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10';

/** A file of a multipart body. */
export interface UploadedFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** Which mentions in the text may notify; `null` in a message = all of them. */
export interface AllowedMentions {
  readonly parse: readonly string[];
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly repliedUser: boolean;
}

/** What an author writes into a message, already checked. */
export interface MessageContent {
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly allowedMentions: AllowedMentions | null;
  readonly files: readonly UploadedFile[];
  /** Bits of `MessageFlags`. */
  readonly flags: number;
  /** Id of the message this one answers. */
  readonly repliesTo: string | null;
  readonly tts: boolean;
  /** Ids of attachments that stay through an edit. */
  readonly keptAttachments: readonly string[];
}

export function plainText(content: string): MessageContent {
  return {
    content,
    embeds: [],
    components: [],
    allowedMentions: null,
    files: [],
    flags: 0,
    repliesTo: null,
    tts: false,
    keptAttachments: [],
  };
}
