# What the machine itself says: reading answers, and what it cannot use.
more = Xem thêm
back = Quay lại
question-gone = Câu hỏi này đã qua. Xin chọn lại ở câu dưới đây.
question-newer = Tin vừa rồi đến trước câu hỏi mới. Xin trả lời câu dưới đây.
choose-one = Xin chọn một mục bên dưới, hoặc gõ số của mục đó.
number-out-of-range = Xin gõ một số từ 1 đến { $last }.
not-understood = Xin gõ câu hỏi bằng chữ, ví dụ: làm giấy khai sinh cần gì.
cancelled = Đã dừng. Những gì đã điền vẫn được giữ.
language-chosen = Từ giờ xin trả lời bằng tiếng Việt.
no-file-now = Hiện chưa cần gửi ảnh hay tệp. Xin giữ lại, khi cần sẽ có câu hỏi riêng.
cannot-sticker = Cảm ơn Ông/Bà. Để được trả lời, xin gõ câu hỏi bằng chữ.
cannot-voice = Ở đây chưa nghe được tin thoại. Xin gõ câu hỏi bằng chữ, không dấu cũng được.
cannot-video = Ở đây chưa xem được video. Xin gõ câu hỏi bằng chữ.
cannot-location = Ở đây chưa dùng được vị trí. Xin gõ câu hỏi bằng chữ.
cannot-contact = Xin Ông/Bà đừng gửi danh bạ ở đây. Chỉ cần gõ câu hỏi.
cannot-other = Ở đây chưa đọc được loại tin này. Xin gõ câu hỏi bằng chữ.
cannot-protected = Ứng dụng không chuyển nội dung tin này đến đây. Xin gõ lại bằng chữ, hoặc gọi tổng đài.
apology = Xin lỗi Ông/Bà, tin vừa rồi chưa xử lý được do lỗi của hệ thống. Xin thử lại sau ít phút; nếu cần gọi tổng đài, mã sự cố là { $incident }.
# Khi Ông/Bà cần giúp ở một câu hỏi
help-ask = Ở đây, xin gõ điều cần hỏi bằng lời của mình, ví dụ: làm giấy khai sinh cần gì; hoặc chọn một mục bên dưới.
help-choose = Ở câu dưới đây, xin chọn một mục hoặc gõ số của mục đó; nếu chưa chắc, xin chọn "Gặp cán bộ".
help-type = Ở câu dưới đây, xin gõ câu trả lời rồi gửi; nếu chưa chắc, xin chọn "Gặp cán bộ".
help-type-or-choose = Ở câu dưới đây, xin gõ câu trả lời hoặc chọn một mục; nếu chưa chắc, xin chọn "Gặp cán bộ".
help-photo = Ở bước này, xin chụp từng trang giấy rồi gửi vào đây, hoặc chọn một mục bên dưới; nếu chưa chắc, xin chọn "Gặp cán bộ".
help-home = Thôi, về đầu
