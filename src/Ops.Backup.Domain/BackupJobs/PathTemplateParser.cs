using System.Text;

namespace Ops.Backup.Domain.BackupJobs;

/// <summary>Takes a template's text apart, and refuses whatever could lead out of the root or be no file's name.</summary>
internal static class PathTemplateParser
{
    private const string Root = "storage_path";

    public static (List<IReadOnlyList<PathPart>> Segments, string? Extension) Read(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (!ArtifactName.Keeps(rune) && rune.Value is not ('/' or '{' or '}')) throw PathTemplateErrors.Character(rune);
        if (text.StartsWith('/')) throw PathTemplateErrors.Invalid("it begins with '/'; it is a path under the store's root");
        if (text.Contains("..", StringComparison.Ordinal)) throw PathTemplateErrors.Invalid("it has '..'");
        var names = text.Split('/').ToList();
        if (names[0] is $"{{{Root}}}") names.RemoveAt(0);
        if (names.Count == 0) throw PathTemplateErrors.Invalid("it names no file");
        var extension = TakeExtension(names);
        return (names.ConvertAll(Segment), extension);
    }

    // The extension is what follows the first dot behind the last placeholder.
    private static string? TakeExtension(List<string> names)
    {
        var last = names[^1];
        var dot = last.IndexOf('.', last.LastIndexOf('}') + 1);
        if (dot < 0) return null;
        var extension = last[dot..];
        if (!ArtifactName.AllExtensions.Contains(extension, StringComparer.Ordinal)) throw PathTemplateErrors.UnknownExtension(extension);
        names[^1] = last[..dot];
        return extension;
    }

    private static IReadOnlyList<PathPart> Segment(string segment)
    {
        if (segment.Length == 0) throw PathTemplateErrors.Invalid("a part of the path is empty");
        // A hidden file is overlooked, and a name with a hyphen in front is an option to many programs.
        if (segment[0] is '.' or '-') throw PathTemplateErrors.Invalid($"'{segment}' begins with '{segment[0]}'");
        if (segment[^1] is '.') throw PathTemplateErrors.Invalid($"'{segment}' ends with a dot");
        var parts = new List<PathPart>();
        var literal = new StringBuilder();
        for (var at = 0; at < segment.Length; at++)
        {
            if (segment[at] is '}') throw PathTemplateErrors.Invalid($"'{segment}' has a '}}' without a '{{'");
            if (segment[at] is not '{')
            {
                literal.Append(segment[at]);
                continue;
            }
            var end = segment.IndexOf('}', at);
            if (end < 0) throw PathTemplateErrors.Invalid($"'{segment}' has a '{{' without a '}}'");
            if (literal.Length > 0) parts.Add(PathPart.Literal(literal.ToString()));
            literal.Clear();
            parts.Add(Placeholder(segment[(at + 1)..end]));
            at = end;
        }
        if (literal.Length > 0) parts.Add(PathPart.Literal(literal.ToString()));
        return parts;
    }

    private static PathPart Placeholder(string word) => word is Root
        ? throw PathTemplateErrors.Invalid($"{{{Root}}} stands for the store's root, so it is the first part of the path, alone")
        : PathPart.InBraces(word) ?? throw PathTemplateErrors.UnknownPlaceholder(word);
}
