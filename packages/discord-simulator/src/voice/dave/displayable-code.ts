const GROUP_DIGITS = 5;
const CODE_DIGITS = 30;

/**
 * The voice privacy code that members compare aloud: 30 digits of the epoch authenticator.
 *
 * @see https://github.com/discord/dave-protocol/blob/main/protocol.md#displayable-codes
 */
export function displayableCode(epochAuthenticator: Uint8Array): string {
  const modulus = 10n ** BigInt(GROUP_DIGITS);
  let code = '';
  for (let start = 0; start < CODE_DIGITS; start += GROUP_DIGITS) {
    const group = BigInt(
      `0x${Buffer.from(epochAuthenticator.subarray(start, start + GROUP_DIGITS)).toString('hex')}`,
    );
    code += `${group % modulus}`.padStart(GROUP_DIGITS, '0');
  }
  return code;
}
