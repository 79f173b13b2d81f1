import { z } from 'zod';
import { LIMITS } from './limits.ts';

/**
 * What becomes of the music while a layer is heard.
 *
 * `overlay`: it goes on, quieter. `priority`: it goes on unheard, and no other layer takes this one's place.
 * `replace`: it stands still and comes back where it was. `crossfade`: the same, the layer coming as the music goes and
 * going as it comes back.
 */
export const layerModeSchema = z.enum(['overlay', 'priority', 'replace', 'crossfade']);
export type LayerMode = z.infer<typeof layerModeSchema>;

/** A layer names itself by the key of the PLAY_LAYER that asked for it. */
export const layerIdSchema = z.string().min(1).max(LIMITS.keyCharacters);

/** A second signal over the music: an announcement, a sound effect. */
export const layerSchema = z.object({
  layer_id: layerIdSchema,
  mode: layerModeSchema,
  title: z.string().max(LIMITS.titleCharacters),
  /** Seconds, with a fraction; `null` when unknown. */
  duration: z.number().nonnegative().nullable(),
});
export type Layer = z.infer<typeof layerSchema>;
