using Ops.Backup.Domain;

namespace Ops.Backup.Application.Configs.Files;

/// <summary>Every refusal of config files; all but one are one code, because the message says which file is to be set right.</summary>
public static class ConfigFileErrors
{
    public static ConflictException NoFolder() => new("CONFIG_FOLDER_NOT_SET", "No folder of config files is set; Service:ConfigFolder names one.");

    /// <param name="place">The file, and where in it.</param>
    /// <param name="why">A sentence.</param>
    public static ConflictException Invalid(string place, string why) => new("CONFIG_FILE_INVALID", $"{place}: {why}");

    public static ConflictException Of(string place, DomainException e) => Invalid(place + FieldOf(e), e.Message);

    public static ConflictException NameTwice(string name, string first, string second) => Invalid(second, $"name '{name}' is that of a config in {first} too; a name stands once.");

    public static ConflictException MadeByPeople(string place, string name) =>
        Invalid(place, $"there is a config named '{name}' that no file has made. Rename or delete it (PUT or DELETE /api/configs/…), or choose another name here.");

    private static string FieldOf(DomainException e) => e switch
    {
        InvalidValueException { Field: "$" } => "",
        InvalidValueException value => ", " + value.Field,
        NotFoundException { Code: "SOURCE_NOT_FOUND" } => ", source",
        NotFoundException { Code: "STORE_NOT_FOUND" } => ", stores",
        _ => "",
    };
}
