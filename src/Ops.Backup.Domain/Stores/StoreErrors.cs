namespace Ops.Backup.Domain.Stores;

public static class StoreErrors
{
    public static NotFoundException NotFound(string nameOrId) => new("STORE_NOT_FOUND", $"There is no store '{nameOrId}'.");

    public static ConflictException NameTaken(string name) => new("STORE_NAME_TAKEN", $"There is a store named '{name}' already.");

    public static ConflictException InUse(Store store, long copies) =>
        new("STORE_IN_USE", $"Store {store.Name} holds {copies} copies of backups, or is to get them. Delete those backups first.");

    public static ConflictException InConfigs(Store store, string configName) =>
        new("STORE_IN_USE", $"Store {store.Name} can't be deleted while config {configName} sends backups there; take it out of that config first.");

    public static ConflictException ScanRunning(Store store) => new("SCAN_RUNNING", $"Store {store.Name} is being scanned already; wait for that scan's answer.");

    public static ConflictException Configured(Store store) =>
        new("STORE_CONFIGURED", $"Store {store.Name} is defined by the service's configuration; change it there and start the service again.");
}
