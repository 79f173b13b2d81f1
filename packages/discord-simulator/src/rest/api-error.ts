import { RESTJSONErrorCodes } from 'discord-api-types/v10';

/** A refusal as Discord's REST API words it: status, numeric code, and per-field errors for a bad form. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: object | undefined;

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  get body(): object {
    const body = { message: this.message, code: this.code };
    return this.errors === undefined ? body : { ...body, errors: this.errors };
  }
}

export const unauthorized = () => new ApiError(401, 0, '401: Unauthorized');

/** What a path that Discord does not have answers; code 0 as there. */
export const noSuchRoute = () => new ApiError(404, 0, '404: Not Found');

export const unknown = {
  application: () => new ApiError(404, RESTJSONErrorCodes.UnknownApplication, 'Unknown Application'),
  channel: () => new ApiError(404, RESTJSONErrorCodes.UnknownChannel, 'Unknown Channel'),
  guild: () => new ApiError(404, RESTJSONErrorCodes.UnknownGuild, 'Unknown Guild'),
  member: () => new ApiError(404, RESTJSONErrorCodes.UnknownMember, 'Unknown Member'),
  message: () => new ApiError(404, RESTJSONErrorCodes.UnknownMessage, 'Unknown Message'),
  user: () => new ApiError(404, RESTJSONErrorCodes.UnknownUser, 'Unknown User'),
  webhook: () => new ApiError(404, RESTJSONErrorCodes.UnknownWebhook, 'Unknown Webhook'),
  command: () =>
    new ApiError(404, RESTJSONErrorCodes.UnknownApplicationCommand, 'Unknown application command'),
  interaction: () => new ApiError(404, RESTJSONErrorCodes.UnknownInteraction, 'Unknown interaction'),
  voiceState: () => new ApiError(404, RESTJSONErrorCodes.UnknownVoiceState, 'Unknown Voice State'),
};

export const refused = {
  missingAccess: () => new ApiError(403, RESTJSONErrorCodes.MissingAccess, 'Missing Access'),
  missingPermissions: () => new ApiError(403, RESTJSONErrorCodes.MissingPermissions, 'Missing Permissions'),
  foreignMessage: () =>
    new ApiError(
      403,
      RESTJSONErrorCodes.CannotEditMessageAuthoredByAnotherUser,
      'Cannot edit a message authored by another user',
    ),
  emptyMessage: () =>
    new ApiError(400, RESTJSONErrorCodes.CannotSendAnEmptyMessage, 'Cannot send an empty message'),
  alreadyAcknowledged: () =>
    new ApiError(
      400,
      RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
      'Interaction has already been acknowledged.',
    ),
  webhookToken: () => new ApiError(401, RESTJSONErrorCodes.InvalidWebhookToken, 'Invalid Webhook Token'),
  bulkDeleteTooOld: () =>
    new ApiError(
      400,
      RESTJSONErrorCodes.OneOfTheMessagesProvidedWasTooOldForBulkDelete,
      'You can only bulk delete messages that are under 14 days old.',
    ),
  notInVoice: () =>
    new ApiError(
      400,
      RESTJSONErrorCodes.TargetUserIsNotConnectedToVoice,
      'Target user is not connected to voice.',
    ),
};
