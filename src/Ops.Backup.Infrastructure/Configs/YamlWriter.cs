using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Ports;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ops.Backup.Infrastructure.Configs;

/// <summary>Texts are quoted unless they are words that every reader of YAML takes for texts.</summary>
public sealed partial class YamlWriter : IConfigYaml
{
    private static readonly HashSet<string> NoTexts = new(StringComparer.OrdinalIgnoreCase) { "null", "true", "false", "yes", "no", "on", "off", "y", "n" };

    public string Write(ConfigForm form)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        Emit(emitter, JsonSerializer.SerializeToNode(form, ConfigJson.Options));
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
                foreach (var (key, value) in map)
                {
                    emitter.Emit(Word(key, ScalarStyle.Plain));
                    Emit(emitter, value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, list.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var value in list) Emit(emitter, value);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.String:
                var word = value.GetValue<string>();
                emitter.Emit(Word(word, PlainWord().IsMatch(word) && !NoTexts.Contains(word) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted));
                break;
            default:
                emitter.Emit(Word(node?.ToJsonString() ?? "null", ScalarStyle.Plain));
                break;
        }
    }

    private static Scalar Word(string value, ScalarStyle style) => new(AnchorName.Empty, TagName.Empty, value, style, isPlainImplicit: true, isQuotedImplicit: true);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_/.\-]*\z", RegexOptions.None, 1000)]
    private static partial Regex PlainWord();
}
