namespace Ops.Backup.Application.Configs.Exports;

/// <summary>Values for <c>.env.backup</c>, written so that the script's own parser and a shell read the same.</summary>
public static class EnvText
{
    public static string Line(string key, string value) => $"{key}={Quoted(value)}";

    private static string Quoted(string value)
    {
        if (value.Length > 0 && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' or '/' or ':')) return value;
        if (!value.Contains('\'', StringComparison.Ordinal)) return $"'{value}'";
        // In double quotes these four are special to a shell.
        return "\"" + string.Concat(value.Select(letter => letter is '"' or '\\' or '$' or '`' ? $"\\{letter}" : letter.ToString())) + "\"";
    }
}
