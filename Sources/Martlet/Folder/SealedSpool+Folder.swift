package import Intake

extension SealedSpool {
    /// Makes spools whose files lie in the data folder, so that they take room where the records do.
    package static func factory(in folder: DataFolder) -> SpoolFactory {
        { [prefix = folder.spool] in try SealedSpool(prefix: prefix) }
    }
}
