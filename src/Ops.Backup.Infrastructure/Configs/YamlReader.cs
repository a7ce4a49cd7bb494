using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Configs.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ops.Backup.Infrastructure.Configs;

/// <summary>
/// YAML as the JSON that it means for a config. What a plain word is depends on the key that it stands at and on nothing else: <c>no</c>
/// at a text is the text, and at a flag it is refused, so that no reader's version of YAML decides what is backed up.
/// </summary>
internal sealed class YamlReader
{
    public const int MaxDepth = 16;

    // Deeper or longer is nothing that a person wrote.
    private const int MaxNodes = 200_000;

    private readonly IParser _parser;
    private readonly string _file;
    private readonly string _listKey;
    private int _nodes;

    private YamlReader(string text, string file, string listKey) => (_parser, _file, _listKey) = (new Parser(new StringReader(text)), file, listKey);

    /// <exception cref="Domain.ConflictException">It is no YAML, or uses what is not read here.</exception>
    public static JsonNode? Read(string text, string file, string listKey)
    {
        try
        {
            return new YamlReader(text, file, listKey).Document();
        }
        catch (YamlException e)
        {
            throw ConfigFileErrors.Invalid($"{file}, line {e.Start.Line}", $"it is not YAML: {e.Message.ReplaceLineEndings(" ")} A text that begins with one of @ * & ! % {{ [ is put in quotes.");
        }
    }

    private JsonNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _)) return null;
        var root = Node(typeof(ConfigForm), "", 0);
        _parser.Consume<DocumentEnd>();
        return _parser.TryConsume<StreamEnd>(out _) ? root : throw Refused("", "it has more than one document; a file has one");
    }

    private JsonNode? Node(Type? type, string field, int depth)
    {
        if (depth > MaxDepth || ++_nodes > MaxNodes) throw Refused(field, "it is nested too deep or too long");
        if (_parser.Accept<AnchorAlias>(out _)) throw Refused(field, "aliases are not read, and a text that begins with * is put in quotes");
        if (_parser.Current is NodeEvent node && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)) throw Refused(field, "anchors and tags are not read, and a text that begins with & or ! is put in quotes");
        if (_parser.TryConsume<Scalar>(out var scalar)) return Value(scalar, type, field);
        return _parser.TryConsume<SequenceStart>(out _) ? List(type, field, depth) : Map(type, field, depth);
    }

    private JsonArray List(Type? type, string field, int depth)
    {
        var list = new JsonArray();
        var element = type is { IsGenericType: true } ? type.GetGenericArguments()[0] : null;
        while (!_parser.TryConsume<SequenceEnd>(out _)) list.Add(Node(element, $"{field}[{list.Count}]", depth + 1));
        return list;
    }

    private JsonObject Map(Type? type, string field, int depth)
    {
        _parser.Consume<MappingStart>();
        var map = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key)) throw Refused(field, "a key is a word");
            var inner = field.Length == 0 ? key.Value : $"{field}.{key.Value}";
            if (map.ContainsKey(key.Value)) throw Refused(inner, "the key stands twice");
            map.Add(key.Value, Node(depth == 0 && key.Value == _listKey ? typeof(IReadOnlyList<ConfigForm>) : TypeOf(type, key.Value), inner, depth + 1));
        }
        return map;
    }

    private JsonValue? Value(Scalar scalar, Type? type, string field)
    {
        var plain = scalar.Style is ScalarStyle.Plain;
        if (plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL") return plain ? null : JsonValue.Create(scalar.Value);
        var wanted = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        if (wanted == typeof(bool)) return plain && scalar.Value is "true" or "false" ? JsonValue.Create(scalar.Value is "true") : throw Refused(field, $"'{scalar.Value}' is neither true nor false");
        if (wanted == typeof(int)) return plain && Whole(scalar.Value) is { } number ? JsonValue.Create(number) : throw Refused(field, $"'{scalar.Value}' is not a whole number like 30");
        return JsonValue.Create(scalar.Value);
    }

    // One way to write each number: 010 would be eight to some readers, 1e3 and 1_000 a thousand.
    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && string.Equals(number.ToString(CultureInfo.InvariantCulture), text, StringComparison.Ordinal) ? number : null;

    private static Type? TypeOf(Type? type, string key) => type?.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .FirstOrDefault(property => string.Equals(JsonNamingPolicy.CamelCase.ConvertName(property.Name), key, StringComparison.Ordinal))?.PropertyType;

    private Domain.ConflictException Refused(string field, string why) => ConfigFileErrors.Invalid(
        field.Length == 0 ? $"{_file}, line {_parser.Current?.Start.Line}" : $"{_file}, {field}", $"{why}.");
}
