using System.Text.RegularExpressions;

namespace Ops.Backup.Domain.Stores;

/// <summary>A public key of <c>age</c>: <c>age1…</c>, 62 characters of Bech32 (X25519).</summary>
public static partial class AgeRecipient
{
    private const string Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const string Human = "age";

    /// <exception cref="InvalidValueException">It is none, or a digit is wrong: its checksum tells.</exception>
    public static string Parse(string? text)
    {
        if (text is not null && Form().IsMatch(text) && ChecksumIsRight(text)) return text;
        var hint = text?.StartsWith("AGE-SECRET-KEY-", StringComparison.OrdinalIgnoreCase) == true ? " That is a secret key: keep it to yourself, and give its public key." : "";
        throw new InvalidValueException("RECIPIENT_INVALID", "recipients", $"A recipient is a public key of age, age1… with 62 characters.{hint}");
    }

    // BIP 173.
    private static bool ChecksumIsRight(string text)
    {
        var sum = 1u;
        foreach (var letter in Human) sum = Next(sum, (uint)letter >> 5);
        sum = Next(sum, 0);
        foreach (var letter in Human) sum = Next(sum, (uint)letter & 31);
        foreach (var digit in text[(Human.Length + 1)..]) sum = Next(sum, (uint)Digits.IndexOf(digit, StringComparison.Ordinal));
        return sum == 1;
    }

    private static uint Next(uint sum, uint value)
    {
        ReadOnlySpan<uint> generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        var top = sum >> 25;
        sum = ((sum & 0x1ffffff) << 5) ^ value;
        for (var bit = 0; bit < generators.Length; bit++)
            if (((top >> bit) & 1) == 1) sum ^= generators[bit];
        return sum;
    }

    [GeneratedRegex("^age1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}\\z", RegexOptions.None, 1000)]
    private static partial Regex Form();
}
