using System.Text;

namespace Ops.Backup.Domain.Sources;

/// <summary>What names and passwords of a source may be. Nearly everything may: only what can't travel is refused.</summary>
public static class SourceRules
{
    public static string Text(string? value, string field, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(value)) throw new InvalidValueException("VALUE_MISSING", field, $"{field} is empty.");
        if (value.Length > maxLength) throw new InvalidValueException("VALUE_TOO_LONG", field, $"{field} has {value.Length} characters; at most {maxLength} are kept.");
        if (value.Any(char.IsControl)) throw new InvalidValueException("VALUE_HAS_CONTROL_CHARACTERS", field, $"{field} has control characters.");
        return value;
    }

    /// <summary>A database's or role's name: PostgreSQL cuts names silently after 63 bytes, so a longer one is another one.</summary>
    public static string Identifier(string? value, string field)
    {
        var text = Text(value, field, DatabaseSource.MaxNameBytes);
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= DatabaseSource.MaxNameBytes ? text
            : throw new InvalidValueException("VALUE_TOO_LONG", field, $"{field} has {bytes} bytes; PostgreSQL keeps {DatabaseSource.MaxNameBytes}.");
    }

    /// <summary>A passfile has one line an entry, so a password with a line break can't be given to the PostgreSQL tools.</summary>
    public static string Password(string value) =>
        value.Length <= 1000 && !value.Any(character => character is '\n' or '\r' or '\0') ? value
            : throw new InvalidValueException("PASSWORD_INVALID", "password", "The password is longer than 1000 characters, or has a line break or a NUL, which the PostgreSQL tools can't take.");
}
